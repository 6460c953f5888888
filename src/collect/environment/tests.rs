use super::*;
use crate::measurement::Cache;

const X86: &str = "\
processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 207
model name\t: Intel(R)  Xeon(R) Processor
stepping\t: 2
microcode\t: 0x1
cpu MHz\t\t: 2300.000
flags\t\t: fpu vme hypervisor avx2
power management:

processor\t: 1
vendor_id\t: AuthenticAMD
cpu family\t: 25
";

const ARM: &str = "\
processor\t: 0
BogoMIPS\t: 243.75
Features\t: fp asimd evtstrm aes
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0c
CPU revision\t: 1
";

#[test]
fn an_x86_processor_is_described_by_its_first_block() {
    let cpu = parse::cpuinfo(X86);
    assert_eq!(cpu.vendor.as_deref(), Some("GenuineIntel"));
    assert_eq!(
        (cpu.family, cpu.model, cpu.stepping),
        (Some(6), Some(207), Some(2))
    );
    assert_eq!(cpu.name.as_deref(), Some("Intel(R) Xeon(R) Processor"));
    assert_eq!(cpu.microcode.as_deref(), Some("0x1"));
}

#[test]
fn an_arm_processor_is_described_by_its_part() {
    let cpu = parse::cpuinfo(ARM);
    assert_eq!(cpu.vendor.as_deref(), Some("0x41"));
    assert_eq!(
        (cpu.family, cpu.model, cpu.stepping),
        (Some(8), Some(0xd0c), Some(0x31))
    );
    assert_eq!(cpu.name, None);
}

#[test]
fn nonsense_about_the_processor_is_unknown() {
    for text in [
        "",
        "\n\n",
        "vendor_id",
        "vendor_id:",
        "vendor_id : \u{1}\u{2}",
        "model : -1\nstepping : NaN\ncpu family : 99999999999",
        "CPU part : 0x\nCPU variant : 0xffffffff\nCPU revision : 1\nCPU architecture : 0x+8",
        "{\"model\": 207}",
    ] {
        assert_eq!(parse::cpuinfo(text), Cpu::default(), "{text:?}");
    }
    let long = format!("model name : {}", "x".repeat(100_000));
    assert_eq!(parse::cpuinfo(&long).name, None);
}

#[test]
fn memory_is_in_bytes() {
    let text = "MemTotal:       24684092 kB\nSwapTotal:     100 kB\n";
    assert_eq!(parse::meminfo(text, "MemTotal"), Some(24_684_092 * 1024));
    assert_eq!(parse::meminfo(text, "MemFree"), None);
    assert_eq!(parse::meminfo(text, "Mem"), None);
    for text in [
        "",
        "MemTotal:",
        "MemTotal: 5",
        "MemTotal: 5 MB",
        "MemTotal: -5 kB",
        "MemTotal: 1e9 kB",
        "MemTotal: 18446744073709551615 kB",
    ] {
        assert_eq!(parse::meminfo(text, "MemTotal"), None, "{text}");
    }
}

#[test]
fn load_does_not_count_ourselves() {
    let load = parse::loadavg("0.20 0.18 0.12 3/80 11206\n").unwrap();
    assert_eq!(
        load,
        Load {
            one_minute: 0.2,
            runnable: Some(2)
        }
    );
    // Seen at times on machines with many cores: nobody runs, not even the reader.
    assert_eq!(parse::loadavg("0.20 0 0 0/80 1").unwrap().runnable, None);
    assert_eq!(parse::loadavg("0.20").unwrap().runnable, None);
    assert_eq!(parse::loadavg("0.20 0 0 x/80 1").unwrap().runnable, None);
    for text in [
        "",
        "NaN 0 0 1/1 1",
        "inf 0 0 1/1 1",
        "-1 0 0 1/1 1",
        "a b c",
    ] {
        assert_eq!(parse::loadavg(text), None, "{text}");
    }
}

#[test]
fn stolen_time_is_a_share_of_all_time() {
    let before = parse::cpu_times("cpu  100 0 50 800 50 0 0 0 7 7\ncpu0 1 2 3\n").unwrap();
    let after = parse::cpu_times("cpu  150 0 50 830 50 0 0 20 9 9\n").unwrap();
    assert_eq!(before.total, 1000);
    assert_eq!(steal_between(before, after), Some(0.2));
    assert_eq!(steal_between(after, before), None);
    assert_eq!(steal_between(before, before), None);
}

#[test]
fn nonsense_about_cpu_times_is_unknown() {
    for text in [
        "",
        "cpu",
        "cpu  1 2 3 4",
        "cpu0 1 2 3 4 5 6 7 8",
        "cpu  1 2 3 4 5 6 7 -8",
        "cpu  1 2 3 4 5 6 7 NaN",
        "cpu  18446744073709551615 1 0 0 0 0 0 0",
        "intr 1 2 3 4 5 6 7 8 9",
    ] {
        assert_eq!(parse::cpu_times(text), None, "{text}");
    }
}

#[test]
fn lists_of_processors_are_counted() {
    assert_eq!(parse::cpu_list("0\n"), Some(1));
    assert_eq!(parse::cpu_list("0-3"), Some(4));
    assert_eq!(parse::cpu_list("0-3,8,10-11\n"), Some(7));
    for text in [
        "",
        ",",
        "a",
        "3-1",
        "0-",
        "-1",
        "0-4294967295",
        "0,0",
        "4,1",
        "0-3,2",
    ] {
        assert_eq!(parse::cpu_list(text), None, "{text}");
    }
    assert_eq!(
        parse::allowed_cores("Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n"),
        Some(2)
    );
    assert_eq!(parse::allowed_cores("Cpus_allowed:\t3\n"), None);
}

#[test]
fn caches_of_instructions_do_not_count() {
    let cache = |level, kind: &str, size| parse::cache(level, kind, size);
    assert_eq!(
        cache("1\n", "Data\n", "48K\n"),
        Some(Cache {
            level: 1,
            kind: "Data".to_owned(),
            bytes: 48 * 1024
        })
    );
    assert_eq!(cache("3", "Unified", "260M").unwrap().bytes, 260 << 20);
    assert_eq!(cache("2", "Unified", "512").unwrap().bytes, 512);
    assert_eq!(cache("1", "Instruction", "32K"), None);
    for size in ["", "K", "0K", "-1K", "NaN", "é", "18446744073709551615K"] {
        assert_eq!(cache("1", "Data", size), None, "{size}");
    }
    for level in ["", "0", "-1", "99", "x"] {
        assert_eq!(cache(level, "Data", "32K"), None, "{level}");
    }
}

#[test]
fn a_whole_machine_is_read() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let cpu0 = "sys/devices/system/cpu/cpu0";
    write("proc/cpuinfo", X86);
    write("proc/sys/kernel/osrelease", "6.8.0-41-generic\n");
    write("proc/sys/kernel/randomize_va_space", "2\n");
    write(
        "proc/meminfo",
        "MemTotal: 1024 kB\nSwapTotal: 100 kB\nSwapFree: 60 kB\n",
    );
    write("proc/loadavg", "1.50 0.18 0.12 1/80 11206\n");
    write("proc/self/status", "Cpus_allowed_list:\t0-3\n");
    write(&format!("{cpu0}/cpufreq/scaling_governor"), "powersave\n");
    write(&format!("{cpu0}/topology/thread_siblings_list"), "0,4\n");
    for (index, level, kind, size) in [
        (0, "1", "Data", "48K"),
        (1, "1", "Instruction", "32K"),
        (2, "2", "Unified", "2048K"),
    ] {
        write(&format!("{cpu0}/cache/index{index}/level"), level);
        write(&format!("{cpu0}/cache/index{index}/type"), kind);
        write(&format!("{cpu0}/cache/index{index}/size"), size);
    }
    write("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");

    let files = Files::under(root.path());
    let toolchain = Toolchain {
        target: Some("x86_64-unknown-linux-musl".to_owned()),
        ..Toolchain::default()
    };
    let seen = observe_in(&files, toolchain.clone());
    assert_eq!(seen.kernel.as_deref(), Some("6.8.0-41-generic"));
    assert_eq!(seen.libc.as_deref(), Some("musl"));
    assert_eq!(seen.memory_bytes, Some(1024 * 1024));
    assert_eq!(seen.governor.as_deref(), Some("powersave"));
    assert_eq!(seen.turbo, Some(true));
    assert_eq!(seen.cpu_quota, None);
    assert_eq!(seen.cpu.cores, Some(4));
    assert_eq!(seen.cpu.threads_per_core, Some(2));
    let sizes: Vec<u64> = seen.cpu.caches.iter().map(|cache| cache.bytes).collect();
    assert_eq!(sizes, [48 << 10, 2 << 20]);
    assert_eq!(seen.load_before, parse::loadavg("1.50 0 0 1/80 1"));
    assert_eq!(seen.toolchain, toolchain);
    assert!(seen.hypervisor.is_some());
    assert_eq!(swap_used_in(&files), Some(40 * 1024));
    assert_eq!(address_randomisation_in(&files), Some(true));
}

#[test]
fn a_machine_that_tells_nothing_is_unknown() {
    let root = tempfile::tempdir().unwrap();
    let files = Files::under(root.path());
    let seen = observe_in(&files, Toolchain::default());
    assert_eq!(
        Environment {
            cpu: Cpu {
                cores: None,
                ..seen.cpu
            },
            // Known without the machine's help.
            tollgate_build: None,
            libc: None,
            ..seen
        },
        Environment {
            arch: std::env::consts::ARCH.to_owned(),
            os: std::env::consts::OS.to_owned(),
            ..Environment::default()
        }
    );
    assert_eq!(load_in(&files), None);
    assert_eq!(swap_used_in(&files), None);
    assert_eq!(address_randomisation_in(&files), None);
}

#[cfg(target_os = "linux")]
#[test]
fn this_machine_tells_the_essentials() {
    let seen = observe(Toolchain::default());
    assert!(seen.cpu.cores.unwrap() >= 1);
    assert!(seen.memory_bytes.unwrap() > 64 << 20);
    assert!(seen.kernel.unwrap().contains('.'));
    assert!(load().unwrap().one_minute >= 0.0);
    assert!(CpuTimes::now().unwrap().total > 0);
}

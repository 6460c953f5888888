//! Findings about the machine. Pure.

use super::MachineFacts;
use crate::diagnostic::{Code, Diagnostic};
use crate::units::{Unit, format_value};

/// Runnable processes a core from which on measurements wait for a core.
const LOAD_PER_CORE: f64 = 0.5;

/// Share of stolen time from which on it shows in the times.
const STEAL: f64 = 0.01;

pub(super) fn examine(facts: &MachineFacts) -> Vec<Diagnostic> {
    [
        system(facts),
        governor(facts),
        turbo(facts),
        load(facts),
        steal(facts),
        cores(facts),
        quota(facts),
        hypervisor(facts),
        swap(facts),
        layout(facts),
        floor(facts),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn system(facts: &MachineFacts) -> Option<Diagnostic> {
    let os = facts.environment.os.as_str();
    (os != "linux").then(|| {
        Diagnostic::note(Code::BadSetup, format!("this system is `{os}`, not Linux"))
            .with_note("governor, load, steal and CPU quota cannot be seen here, so a disturbed measurement goes unnoticed")
            .with_help("run the gate on Linux")
    })
}

fn governor(facts: &MachineFacts) -> Option<Diagnostic> {
    let governor = facts.environment.governor.as_deref()?;
    (governor != "performance").then(|| {
        Diagnostic::warning(
            Code::BadSetup,
            format!("the frequency governor is `{governor}`, not `performance`"),
        )
        .with_note("the clock follows the load: short benchmarks are measured while it rises")
        .with_help("sudo cpupower frequency-set --governor performance")
    })
}

fn turbo(facts: &MachineFacts) -> Option<Diagnostic> {
    (facts.environment.turbo == Some(true)).then(|| {
        Diagnostic::note(Code::BadSetup, "turbo is on")
            .with_note("the clock depends on temperature and on the other cores: jobs differ by some percent")
            .with_help(
                "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo, \
                 or echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
            )
    })
}

fn load(facts: &MachineFacts) -> Option<Diagnostic> {
    let load = facts.environment.load_before?.one_minute;
    let cores = facts.environment.cpu.cores?;
    (load.is_finite() && load > LOAD_PER_CORE * f64::from(cores)).then(|| {
        Diagnostic::warning(
            Code::DisturbedMachine,
            format!("the machine is busy: a load of {load:.1} on {}", count_cores(cores)),
        )
        .with_note("benchmarks share cores, caches and memory with whatever runs: times rise and scatter")
        .with_help("end what runs beside (`top` shows it), or wait until the load has settled after a build")
    })
}

fn steal(facts: &MachineFacts) -> Option<Diagnostic> {
    let steal = facts.environment.steal?;
    (steal.is_finite() && steal > STEAL).then(|| {
        Diagnostic::warning(
            Code::DisturbedMachine,
            format!(
                "the hypervisor takes away {} of the CPU time",
                format_value(steal, &Unit::Ratio)
            ),
        )
        .with_note(
            "stolen time counts as time of the benchmark, in wall time and mostly in CPU time too",
        )
        .with_help("use a runner with dedicated cores")
    })
}

fn cores(facts: &MachineFacts) -> Option<Diagnostic> {
    (facts.environment.cpu.cores == Some(1)).then(|| {
        Diagnostic::warning(Code::BadSetup, "there is only one core")
            .with_note("benchmarks share it with tollgate and the system, and threads of one benchmark take turns")
            .with_help("use a runner with two cores or more, or widen the affinity of this shell (`taskset -p`)")
    })
}

fn quota(facts: &MachineFacts) -> Option<Diagnostic> {
    let quota = facts.environment.cpu_quota?;
    if !quota.is_finite() || quota <= 0.0 {
        return None;
    }
    let finding = |message| {
        Diagnostic::warning(Code::BadSetup, message)
            .with_note("whoever has used up its share stands still until the next period, mostly of 100 ms: single invocations take much longer")
            .with_help("start the container without `--cpus` or a CPU limit and pin it instead (`--cpuset-cpus`)")
    };
    match facts.environment.cpu.cores {
        // A quota that all cores together cannot use up changes nothing.
        Some(cores) if quota >= f64::from(cores) => None,
        Some(cores) => Some(finding(format!(
            "the control group may use {quota} of {}",
            count_cores(cores)
        ))),
        None => Some(finding(format!("the control group may use {quota} cores"))),
    }
}

fn hypervisor(facts: &MachineFacts) -> Option<Diagnostic> {
    let hypervisor = facts.environment.hypervisor.as_deref()?;
    Some(
        Diagnostic::note(
            Code::BadSetup,
            format!("this is a virtual machine or container ({hypervisor})"),
        )
        .with_note("its hardware may be shared, and the next job may get another machine")
        .with_help(
            "against baselines, relative budgets need \
             jobs of this machine class",
        ),
    )
}

fn swap(facts: &MachineFacts) -> Option<Diagnostic> {
    let used = facts.swap_used.filter(|&used| used > 0)?;
    Some(
        Diagnostic::note(
            Code::BadSetup,
            format!("{} of swap are in use", format_value(used as f64, &Unit::Bytes)),
        )
        .with_note("memory was short here: a benchmark that waits for a page from disk takes a thousand times longer")
        .with_help("free memory, then `sudo swapoff -a`"),
    )
}

fn layout(facts: &MachineFacts) -> Option<Diagnostic> {
    (facts.address_randomisation == Some(false)).then(|| {
        Diagnostic::warning(Code::BadSetup, "address space randomisation is off")
            .with_note("every invocation has the same memory layout, so that an accident of layout looks like a change of the code")
            .with_help("sudo sysctl kernel.randomize_va_space=2")
    })
}

fn floor(facts: &MachineFacts) -> Option<Diagnostic> {
    let floor = facts.peak_rss_floor.filter(|&floor| floor > 0)?;
    Some(
        Diagnostic::note(
            Code::BadSetup,
            format!(
                "peak-rss of a command cannot show less than {}",
                format_value(floor as f64, &Unit::Bytes)
            ),
        )
        .with_note(
            "Linux hands the size of the starting process, here tollgate, on to the started one",
        )
        .with_help("give commands smaller than that a `max` instead of `slower`"),
    )
}

fn count_cores(cores: u32) -> String {
    match cores {
        1 => "one core".to_owned(),
        cores => format!("{cores} cores"),
    }
}

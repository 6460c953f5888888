//! What this machine is a guest of: a hypervisor, a container, or one in the other.

use super::files::Files;
use super::parse;

/// `kvm`, `microsoft`, `docker`; `kvm, docker` for a container in a virtual machine; `unknown` for a hypervisor that
/// does not give its name. `None` if nothing shows, which does not prove that there is nothing.
pub(super) fn observe(files: &Files, cpuinfo: &str) -> Option<String> {
    let hypervisor = hypervisor(files, cpuinfo, cpuid_signature().as_deref());
    let layers: Vec<&str> = hypervisor.into_iter().chain(container(files)).collect();
    (!layers.is_empty()).then(|| layers.join(", "))
}

/// The processor's own word first; then what the kernel and the firmware say.
fn hypervisor(files: &Files, cpuinfo: &str, signature: Option<&[u8]>) -> Option<&'static str> {
    let flagged = parse::hypervisor_flag(cpuinfo);
    let by_processor = || {
        // The answer means something only where the flag is set.
        flagged.then(|| signature.and_then(name_of_signature))?
    };
    let by_kernel =
        || (files.word("sys/hypervisor/type").as_deref() == Some("xen")).then_some("xen");
    let by_firmware = || {
        let field = |name| files.word(&format!("sys/class/dmi/id/{name}"));
        name_of_firmware(
            &field("sys_vendor").unwrap_or_default(),
            &field("product_name").unwrap_or_default(),
        )
    };
    by_processor()
        .or_else(by_kernel)
        .or_else(by_firmware)
        .or(flagged.then_some("unknown"))
}

/// Signatures of CPUID leaf 0x4000_0000 (registers EBX, ECX, EDX), as systemd-detect-virt knows them.
fn name_of_signature(signature: &[u8]) -> Option<&'static str> {
    Some(match signature {
        b"KVMKVMKVM\0\0\0" | b"Linux KVM Hv" => "kvm",
        b"Microsoft Hv" => "microsoft",
        b"VMwareVMware" => "vmware",
        b"XenVMMXenVMM" => "xen",
        b"TCGTCGTCGTCG" => "qemu",
        b"bhyve bhyve " => "bhyve",
        b"VBoxVBoxVBox" => "oracle",
        b"ACRNACRNACRN" => "acrn",
        b" lrpepyh  vr" | b"prl hyperv  " => "parallels",
        b"QNXQVMBSQG\0\0" => "qnx",
        _ => return None,
    })
}

/// Vendor and product in the firmware's tables. Clouds put their name on bare metal as well, so they tell
/// nothing by their vendor alone.
fn name_of_firmware(vendor: &str, product: &str) -> Option<&'static str> {
    match vendor {
        "QEMU" => Some("qemu"),
        "VMware, Inc." => Some("vmware"),
        "innotek GmbH" => Some("oracle"),
        "Xen" => Some("xen"),
        "Parallels Software International Inc." | "Parallels International GmbH." => {
            Some("parallels")
        }
        "BHYVE" => Some("bhyve"),
        "Microsoft Corporation" if product == "Virtual Machine" => Some("microsoft"),
        "Google" if product == "Google Compute Engine" => Some("kvm"),
        "Amazon EC2" if !product.is_empty() && !product.contains("metal") => Some("amazon"),
        _ if product.starts_with("KVM") => Some("kvm"),
        _ => None,
    }
}

fn container(files: &Files) -> Option<&'static str> {
    if files.exists(".dockerenv") {
        return Some("docker");
    }
    if files.exists("run/.containerenv") {
        return Some("podman");
    }
    let membership = files.read("proc/self/cgroup")?;
    name_of_groups(&membership)
}

/// Control groups show the container's engine, unless it hides them in a namespace.
fn name_of_groups(membership: &str) -> Option<&'static str> {
    let parts = || {
        membership
            .lines()
            .filter_map(|line| line.splitn(3, ':').nth(2))
            .flat_map(|path| path.split('/'))
    };
    [
        ("kubepods", "kubernetes"),
        ("docker", "docker"),
        ("libpod", "podman"),
        ("lxc", "lxc"),
    ]
    .into_iter()
    .find(|(prefix, _)| parts().any(|part| part.starts_with(prefix)))
    .map(|(_, name)| name)
}

#[cfg(target_arch = "x86_64")]
fn cpuid_signature() -> Option<Vec<u8>> {
    let answer = std::arch::x86_64::__cpuid(0x4000_0000);
    Some(
        [answer.ebx, answer.ecx, answer.edx]
            .iter()
            .flat_map(|register| register.to_le_bytes())
            .collect(),
    )
}

#[cfg(not(target_arch = "x86_64"))]
fn cpuid_signature() -> Option<Vec<u8>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGGED: &str = "flags\t\t: fpu rdrand hypervisor lahf_lm\n";
    const PLAIN: &str = "flags\t\t: fpu rdrand lahf_lm\n";

    fn files(entries: &[(&str, &str)]) -> (tempfile::TempDir, Files) {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in entries {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let files = Files::under(root.path());
        (root, files)
    }

    #[test]
    fn the_processor_names_its_hypervisor() {
        let (_root, none) = files(&[]);
        let kvm: &[u8] = b"KVMKVMKVM\0\0\0";
        assert_eq!(hypervisor(&none, FLAGGED, Some(kvm)), Some("kvm"));
        assert_eq!(
            hypervisor(&none, FLAGGED, Some(b"Microsoft Hv")),
            Some("microsoft")
        );
        // Without the flag the leaf holds whatever the processor likes.
        assert_eq!(hypervisor(&none, PLAIN, Some(kvm)), None);
    }

    #[test]
    fn a_hypervisor_without_a_name_is_unknown() {
        let (_root, none) = files(&[]);
        assert_eq!(
            hypervisor(&none, FLAGGED, Some(b"\xff\xff\0\0garbage!")),
            Some("unknown")
        );
        assert_eq!(hypervisor(&none, FLAGGED, None), Some("unknown"));
        assert_eq!(hypervisor(&none, "", None), None);
        assert_eq!(hypervisor(&none, "flags : hypervisors\n", None), None);
    }

    #[test]
    fn kernel_and_firmware_are_asked_next() {
        let (_root, xen) = files(&[("sys/hypervisor/type", "xen\n")]);
        assert_eq!(hypervisor(&xen, PLAIN, None), Some("xen"));
        let (_root, graviton) = files(&[
            ("sys/class/dmi/id/sys_vendor", "Amazon EC2\n"),
            ("sys/class/dmi/id/product_name", "c7g.large\n"),
        ]);
        assert_eq!(hypervisor(&graviton, "", None), Some("amazon"));
        let (_root, metal) = files(&[
            ("sys/class/dmi/id/sys_vendor", "Amazon EC2\n"),
            ("sys/class/dmi/id/product_name", "c7g.metal\n"),
        ]);
        assert_eq!(hypervisor(&metal, "", None), None);
        let (_root, laptop) = files(&[
            ("sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n"),
            ("sys/class/dmi/id/product_name", "Surface Laptop\n"),
        ]);
        assert_eq!(hypervisor(&laptop, PLAIN, None), None);
    }

    #[test]
    fn containers_show_by_their_marks() {
        let (_root, docker) = files(&[(".dockerenv", "")]);
        assert_eq!(container(&docker), Some("docker"));
        let (_root, podman) = files(&[("run/.containerenv", "")]);
        assert_eq!(container(&podman), Some("podman"));
        assert_eq!(
            name_of_groups("12:cpu:/kubepods.slice/docker-ab.scope\n0::/\n"),
            Some("kubernetes")
        );
        assert_eq!(
            name_of_groups("0::/system.slice/docker-ab12.scope\n"),
            Some("docker")
        );
        assert_eq!(name_of_groups("0::/user.slice/my-docker.service\n"), None);
        assert_eq!(name_of_groups(""), None);
        assert_eq!(name_of_groups("\u{0}:::"), None);
    }
}

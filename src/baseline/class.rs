//! Machine classes: which baselines may be compared with which runs.
//!
//! A time measured on one machine says nothing about another: across CPU models even calibrated comparisons raise
//! false alarms in three cases out of ten. So baselines are kept by class, and a class is a list of hard facts.
//! Compilers are not among them: they change every six weeks, are recorded with each job and compared there. What
//! moves from day to day without being another machine (microcode, governor, load, steal, CPU quota) is left out.

use super::hex;
use crate::measurement::{Cpu, Environment, KERNELS_VERSION};
use sha2::{Digest, Sha256};

/// Version of how tollgate measures, beside that of its kernels: another one is another class, because its numbers are not comparable.
const PROTOCOL: &str = "1";

/// The fact that is compared with a tolerance.
const MEMORY: &str = "memory";

/// Machines of one kind differ a little in the memory that firmware and kernel leave them.
const MEMORY_TOLERANCE: f64 = 0.10;

const UNKNOWN: &str = "unknown";

/// The hard facts about a machine, in a fixed order.
///
/// Two machines are of one class (`==`) if all facts are equal, where memory may differ by a tenth. Rounding the
/// memory instead would put two equal machines into two classes whenever they lie beside a step; so the class of a
/// new run is that of the first stored baseline that it equals, and the facts stored there stay.
#[derive(Debug, Clone)]
pub struct MachineClass {
    /// (field, value), such as (`cpu.model`, `207`).
    pub facts: Vec<(String, String)>,
}

impl PartialEq for MachineClass {
    fn eq(&self, other: &Self) -> bool {
        self.differences(other).next().is_none()
    }
}

impl MachineClass {
    /// The class of a machine.
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        let Environment {
            cpu,
            toolchain,
            kernel,
            ..
        } = environment;
        let mut features = toolchain.features.clone();
        features.sort();
        let memory = environment
            .memory_bytes
            .map(|bytes| format!("{} MiB", bytes >> 20));
        let facts = [
            ("cpu.vendor", cpu.vendor.clone()),
            ("cpu.family", number(cpu.family)),
            ("cpu.model", number(cpu.model)),
            ("cpu.stepping", number(cpu.stepping)),
            ("cpu.name", cpu.name.clone()),
            ("cpu.cores", number(cpu.cores)),
            ("cpu.threads-per-core", number(cpu.threads_per_core)),
            ("cpu.l2", cache(cpu, 2)),
            ("cpu.l3", cache(cpu, 3)),
            (MEMORY, memory),
            ("arch", Some(environment.arch.clone())),
            ("os", Some(environment.os.clone())),
            ("kernel", kernel.as_deref().map(major_minor)),
            ("libc", environment.libc.clone()),
            ("hypervisor", environment.hypervisor.clone()),
            ("build.target", toolchain.target.clone()),
            ("build.profile", toolchain.profile.clone()),
            ("build.flags", toolchain.flags_hash.clone()),
            ("build.features", Some(features.join(" "))),
            ("tollgate.build", environment.tollgate_build.clone()),
            ("protocol", Some(format!("{PROTOCOL}.{KERNELS_VERSION}"))),
        ];
        let known = |value: Option<String>| value.unwrap_or_else(|| UNKNOWN.to_owned());
        Self {
            facts: facts
                .into_iter()
                .map(|(field, value)| (field.to_owned(), known(value)))
                .collect(),
        }
    }

    /// Whether it says on what machine it was: without architecture, system and any word about the CPU, everything
    /// would be of one class.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let known = |field: &str| {
            self.fact(field)
                .is_some_and(|value| !value.is_empty() && value != UNKNOWN)
        };
        known("arch") && known("os") && (known("cpu.name") || known("cpu.model"))
    }

    /// Short file-name-safe name: readable CPU name and 8 hex digits of a hash over all facts.
    ///
    /// `[a-z0-9-]`, at most 60 characters. Memory goes into the hash with two digits, so that classes which differ
    /// by more than the tolerance never share a name.
    #[must_use]
    pub fn slug(&self) -> String {
        let mut hash = Sha256::new();
        for (field, value) in &self.facts {
            let value = match mebibytes(value) {
                Some(memory) if field == MEMORY => format!("{memory:.1e}"),
                _ => value.clone(),
            };
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            hash.update(format!("{}:{field}{}:{value}", field.len(), value.len()));
        }
        let known = |field: &str| self.fact(field).filter(|value| *value != UNKNOWN);
        let mut slug = words(known("cpu.name").or(known("cpu.vendor")).unwrap_or(UNKNOWN));
        if let Some(cores) = known("cpu.cores").and_then(|cores| cores.parse::<u32>().ok()) {
            slug.push_str(&format!("-{cores}c"));
        }
        slug.push('-');
        slug.push_str(&hex(&hash.finalize()[..4]));
        slug
    }

    /// The facts that differ, as `field old -> new`, joined by commas; empty if the class is the same.
    #[must_use]
    pub fn difference(&self, other: &Self) -> String {
        let differences = self.differences(other);
        let lines: Vec<String> = differences
            .map(|(field, old, new)| format!("{field} {old} -> {new}"))
            .collect();
        lines.join(", ")
    }

    /// Whether the machine is the same, however the benchmarks are built there.
    #[must_use]
    pub fn is_same_machine(&self, other: &Self) -> bool {
        self.differences(other)
            .all(|(field, ..)| field.starts_with("build."))
    }

    fn fact(&self, field: &str) -> Option<&str> {
        let fact = self.facts.iter().find(|(name, _)| name == field);
        fact.map(|(_, value)| value.as_str())
    }

    fn differences<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        let missing = "not recorded";
        let ours = self.facts.iter().map(move |(field, old)| {
            (
                field.as_str(),
                old.as_str(),
                other.fact(field).unwrap_or(missing),
            )
        });
        let theirs = (other.facts.iter())
            .filter(|(field, _)| self.fact(field).is_none())
            .map(move |(field, new)| (field.as_str(), missing, new.as_str()));
        ours.chain(theirs)
            .filter(|(field, old, new)| old != new && !(*field == MEMORY && close(old, new)))
    }
}

fn number(value: Option<u32>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn cache(cpu: &Cpu, level: u32) -> Option<String> {
    let of_level = cpu.caches.iter().filter(|cache| cache.level == level);
    let sizes: Vec<String> = of_level
        .map(|cache| format!("{} KiB", cache.bytes >> 10))
        .collect();
    (!sizes.is_empty()).then(|| sizes.join("+"))
}

/// `6.8` of `6.8.0-41-generic`: patch levels come with every update of an image.
fn major_minor(kernel: &str) -> String {
    let mut parts = kernel.splitn(3, '.');
    let (major, minor) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let minor: String = minor.chars().take_while(char::is_ascii_digit).collect();
    if minor.is_empty() || !major.chars().all(|c| c.is_ascii_digit()) {
        kernel.to_owned()
    } else {
        format!("{major}.{minor}")
    }
}

fn mebibytes(memory: &str) -> Option<f64> {
    let value: f64 = memory.strip_suffix(" MiB")?.parse().ok()?;
    value.is_finite().then_some(value)
}

fn close(old: &str, new: &str) -> bool {
    match (mebibytes(old), mebibytes(new)) {
        (Some(old), Some(new)) => (old - new).abs() <= MEMORY_TOLERANCE * old.min(new),
        _ => false,
    }
}

/// `intel-xeon-2-80ghz` of `Intel(R) Xeon(R) CPU @ 2.80GHz`; at most 36 characters.
fn words(name: &str) -> String {
    const NOISE: [&str; 6] = ["r", "tm", "c", "cpu", "processor", "with"];
    const LONGEST: usize = 36;
    let name = name.to_ascii_lowercase();
    let mut slug = String::new();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    for word in words.filter(|word| !word.is_empty() && !NOISE.contains(word)) {
        if slug.len() + 1 + word.len() > LONGEST {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    if slug.is_empty() {
        "machine".to_owned()
    } else {
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::MachineClass;
    use crate::measurement::{Cache, Environment};
    use proptest::prelude::*;

    fn machine() -> Environment {
        let mut environment = Environment::default();
        environment.cpu.vendor = Some("GenuineIntel".to_owned());
        environment.cpu.name = Some("Intel(R) Xeon(R) CPU @ 2.80GHz".to_owned());
        environment.cpu.model = Some(85);
        environment.cpu.cores = Some(2);
        environment.cpu.caches = [(1, 32 << 10), (2, 1 << 20), (3, 33 << 20)]
            .map(|(level, bytes)| Cache {
                level,
                kind: "Unified".to_owned(),
                bytes,
            })
            .into();
        environment.arch = "x86_64".to_owned();
        environment.os = "linux".to_owned();
        environment.kernel = Some("6.8.0-41-generic".to_owned());
        environment.memory_bytes = Some(7959 << 20);
        environment
    }

    fn changed(change: impl FnOnce(&mut Environment)) -> Environment {
        let mut environment = machine();
        change(&mut environment);
        environment
    }

    fn difference(change: impl FnOnce(&mut Environment)) -> String {
        MachineClass::of(&machine()).difference(&MachineClass::of(&changed(change)))
    }

    #[test]
    fn a_slug_is_readable() {
        insta::assert_snapshot!(MachineClass::of(&machine()).slug(), @"intel-xeon-2-80ghz-2c-48ffb0b5");
        insta::assert_snapshot!(MachineClass::of(&Environment::default()).slug(), @"unknown-337a79f9");
    }

    #[test]
    fn what_moves_from_day_to_day_is_the_same_class() {
        let same = difference(|e| {
            e.kernel = Some("6.8.12".to_owned());
            e.governor = Some("powersave".to_owned());
            e.turbo = Some(true);
            e.cpu.microcode = Some("0x1".to_owned());
            e.steal = Some(0.2);
            e.toolchain.rustc = Some("rustc 1.96.0".to_owned());
            e.toolchain.llvm = Some("22".to_owned());
            e.memory_bytes = Some(7600 << 20);
        });
        assert_eq!(same, "");
    }

    type Change = fn(&mut Environment);

    #[test]
    fn every_hard_fact_makes_another_class() {
        let changes: [(&str, Change); 13] = [
            ("cpu.model 85 -> 106", |e| e.cpu.model = Some(106)),
            ("cpu.model 85 -> unknown", |e| e.cpu.model = None),
            ("cpu.stepping unknown -> 7", |e| e.cpu.stepping = Some(7)),
            ("cpu.cores 2 -> 4", |e| e.cpu.cores = Some(4)),
            ("cpu.l3 33792 KiB -> 1024 KiB", |e| {
                e.cpu.caches[2].bytes = 1 << 20;
            }),
            ("memory 7959 MiB -> 16384 MiB", |e| {
                e.memory_bytes = Some(16 << 30);
            }),
            ("memory 7959 MiB -> 7000 MiB", |e| {
                e.memory_bytes = Some(7000 << 20);
            }),
            ("memory 7959 MiB -> unknown", |e| e.memory_bytes = None),
            ("kernel 6.8 -> 6.11", |e| {
                e.kernel = Some("6.11-rc1".to_owned());
            }),
            ("tollgate.build unknown -> rustc 1.96", |e| {
                e.tollgate_build = Some("rustc 1.96".to_owned());
            }),
            ("hypervisor unknown -> kvm", |e| {
                e.hypervisor = Some("kvm".to_owned());
            }),
            ("libc unknown -> musl", |e| e.libc = Some("musl".to_owned())),
            ("build.flags unknown -> 1f", |e| {
                e.toolchain.flags_hash = Some("1f".to_owned());
            }),
        ];
        for (expected, change) in changes {
            assert_eq!(difference(change), expected);
            let (old, new) = (
                MachineClass::of(&machine()),
                MachineClass::of(&changed(change)),
            );
            assert_ne!(old, new);
            assert_ne!(old.slug(), new.slug(), "{expected}");
        }
    }

    #[test]
    fn other_flags_are_another_class_on_the_same_machine() {
        let [old, flags, cores] = [
            machine(),
            changed(|e| e.toolchain.flags_hash = Some("1f".to_owned())),
            changed(|e| e.cpu.cores = Some(3)),
        ]
        .map(|environment| MachineClass::of(&environment));
        assert!(old.is_same_machine(&flags) && old != flags);
        assert!(!old.is_same_machine(&cores));
    }

    #[test]
    fn a_fact_that_an_older_file_does_not_have_differs() {
        let new = MachineClass::of(&machine());
        let mut old = new.clone();
        old.facts.pop();
        assert_eq!(old.difference(&new), "protocol not recorded -> 1.1");
        assert_eq!(new.difference(&old), "protocol 1.1 -> not recorded");
    }

    #[test]
    fn a_machine_about_which_nothing_is_known_is_no_class() {
        assert!(MachineClass::of(&machine()).is_known());
        assert!(!MachineClass::of(&Environment::default()).is_known());
    }

    proptest! {
        #[test]
        fn a_slug_is_a_harmless_file_name(name in "(?s).{0,80}", cores in any::<u32>()) {
            let slug = MachineClass::of(&changed(|e| {
                e.cpu.name = Some(name);
                e.cpu.cores = Some(cores);
            })).slug();
            prop_assert!(slug.len() <= 60, "{}", slug);
            prop_assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            prop_assert!(!slug.starts_with('-'));
        }

        #[test]
        fn memories_beyond_the_tolerance_never_share_a_name(a in 1_u64..1 << 24, b in 1_u64..1 << 24) {
            let [a, b] = [a, b].map(|mebibytes| {
                MachineClass::of(&changed(|e| e.memory_bytes = Some(mebibytes << 20)))
            });
            prop_assert!(a == b || a.slug() != b.slug());
            prop_assert_eq!(a == b, b == a);
        }
    }
}

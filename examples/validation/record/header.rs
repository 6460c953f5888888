//! What is said about the recording as a whole: edge.

use super::{DESIGN, Record};
use crate::data::{FORMAT, Header, KernelInfo, Machine, TICK_NS, VERSION};
use crate::kernels::Kernel;
use tollgate::collect::environment;
use tollgate::measurement::{Environment, Toolchain};

/// The first line.
pub(super) fn header(record: &Record, jobs: u32) -> Header {
    let kernels = Kernel::ALL.into_iter().map(|kernel| KernelInfo {
        name: kernel.name().to_owned(),
        what: kernel.what().to_owned(),
    });
    Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        tick_ns: TICK_NS,
        date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        seed: record.seed,
        fresh_copies: record.fresh_copies,
        jobs,
        design: DESIGN,
        kernels: kernels.collect(),
        machine: machine(&environment::observe(Toolchain::default())),
    }
}

/// The class of machine: nothing that names it.
fn machine(environment: &Environment) -> Machine {
    let cpu = &environment.cpu;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let number =
        |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    Machine {
        cpu: format!(
            "{} {} (family {}, model {}, stepping {})",
            text(&cpu.vendor),
            text(&cpu.name),
            number(cpu.family),
            number(cpu.model),
            number(cpu.stepping)
        ),
        cores: cpu.cores.unwrap_or(0),
        kernel: format!("{} {}", environment.os, text(&environment.kernel)),
        hypervisor: environment.hypervisor.clone(),
    }
}

//! Samples over a time of any length in a bounded memory. Pure.

use super::tree::Look;
use crate::workload::record::ProcessSample;
use std::time::Duration;

/// Samples that are kept at most.
const MOST: usize = 4096;

/// Samples, thinned evenly where they become too many: of every two one goes, and from then on only every second comes in.
/// Extremes are of all samples.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    kept: Vec<Look>,
    last: Option<Look>,
    /// Every `2^halvings`th is kept.
    halvings: u32,
    count: u64,
    peak_rss: u64,
    peak_threads: u32,
    peak_fds: Option<u32>,
    /// A proportional set, read with a sample that is not kept.
    pss: Option<u64>,
}

impl Series {
    /// Takes the next one.
    pub fn push(&mut self, look: Look) {
        let sample = look.sample;
        self.peak_rss = self.peak_rss.max(sample.rss);
        self.peak_threads = self.peak_threads.max(sample.threads);
        self.peak_fds = self.peak_fds.max(sample.fds);
        self.last = Some(look);
        let is_kept = self.count.is_multiple_of(1_u64 << self.halvings.min(63));
        self.count += 1;
        self.pss = sample.pss.or(self.pss);
        if !is_kept {
            return;
        }
        self.kept.push(with_pss(look, self.pss.take()));
        if self.kept.len() >= MOST {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let thinned = self.kept.chunks(2).filter_map(|two| {
            let (first, rest) = two.split_first()?;
            // Read seldom, so it moves to its neighbour rather than go.
            let pss = first.sample.pss.or_else(|| rest.first()?.sample.pss);
            Some(with_pss(*first, pss))
        });
        self.kept = thinned.collect();
        self.halvings += 1;
    }

    /// What is kept, in the order of time; always with the last one.
    #[must_use]
    pub fn looks(&self) -> Vec<Look> {
        let mut looks = self.kept.clone();
        if let Some(last) = self.last
            && looks
                .last()
                .is_none_or(|kept| kept.sample.at < last.sample.at)
        {
            looks.push(with_pss(last, last.sample.pss.or(self.pss)));
        }
        looks
    }

    /// The samples of [`looks`](Self::looks).
    #[must_use]
    pub fn samples(&self) -> Vec<ProcessSample> {
        self.looks().iter().map(|look| look.sample).collect()
    }

    /// The newest.
    #[must_use]
    pub const fn last(&self) -> Option<&Look> {
        self.last.as_ref()
    }

    /// How many were taken, kept or not.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Largest resident set, bytes.
    #[must_use]
    pub const fn peak_rss(&self) -> u64 {
        self.peak_rss
    }

    /// Most threads.
    #[must_use]
    pub const fn peak_threads(&self) -> u32 {
        self.peak_threads
    }

    /// Most file descriptors, of the samples that have them.
    #[must_use]
    pub const fn peak_fds(&self) -> Option<u32> {
        self.peak_fds
    }
}

fn with_pss(look: Look, pss: Option<u64>) -> Look {
    let sample = ProcessSample { pss, ..look.sample };
    Look { sample, ..look }
}

/// CPU time between two moments, taken as even between two samples. Before the first and after the last there is none.
#[must_use]
pub fn cpu_between(samples: &[ProcessSample], from: Duration, to: Duration) -> Duration {
    cpu_at(samples, to).saturating_sub(cpu_at(samples, from))
}

fn cpu_at(samples: &[ProcessSample], at: Duration) -> Duration {
    let after = samples.partition_point(|sample| sample.at < at);
    match (
        after.checked_sub(1).and_then(|before| samples.get(before)),
        samples.get(after),
    ) {
        (None, None) => Duration::ZERO,
        (None, Some(first)) => first.cpu,
        (Some(last), None) => last.cpu,
        (Some(before), Some(after)) => {
            let span = (after.at - before.at).as_secs_f64();
            let share = (at - before.at).as_secs_f64() / span;
            // `at` lies between two different moments: the share is between 0 and 1.
            before.cpu
                + after
                    .cpu
                    .saturating_sub(before.cpu)
                    .mul_f64(share.clamp(0.0, 1.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(second: u64, rss: u64) -> ProcessSample {
        ProcessSample {
            at: Duration::from_secs(second),
            cpu: Duration::from_millis(100 * second),
            rss,
            pss: second.is_multiple_of(10).then_some(second),
            ..ProcessSample::default()
        }
    }

    fn look(second: u64, rss: u64) -> Look {
        Look {
            sample: sample(second, rss),
            waited: None,
        }
    }

    #[test]
    fn a_short_series_is_kept_as_it_is() {
        let mut series = Series::default();
        assert_eq!(series.samples(), []);
        for second in 0..100 {
            series.push(look(second, second));
        }
        let expected: Vec<_> = (0..100).map(|second| sample(second, second)).collect();
        assert_eq!(series.samples(), expected);
        assert_eq!((series.count(), series.peak_rss()), (100, 99));
    }

    #[test]
    fn a_long_series_is_thinned_evenly_with_its_ends_and_its_exact_peak() {
        let mut series = Series::default();
        let total = 1_000_003;
        for second in 0..total {
            // The peak stands between samples that are kept.
            series.push(look(second, if second == 777_777 { 5_000 } else { 10 }));
        }
        let samples = series.samples();
        assert!(
            (MOST / 2..=MOST).contains(&samples.len()),
            "{}",
            samples.len()
        );
        assert_eq!((series.count(), series.peak_rss()), (total, 5_000));
        assert_eq!(samples[0].at, Duration::ZERO);
        assert_eq!(samples.last().unwrap().at, Duration::from_secs(total - 1));
        let steps: Vec<_> = (samples.windows(2))
            .map(|two| two[1].at - two[0].at)
            .collect();
        let (_end, even) = steps.split_last().unwrap();
        assert!(even.iter().all(|step| *step == even[0]), "{:?}", even[0]);
        // A proportional set that was read with a sample that is gone stands with its neighbour.
        assert!(samples.iter().filter(|sample| sample.pss.is_some()).count() > samples.len() / 2);
    }

    #[test]
    fn cpu_time_of_a_part_is_between_its_ends() {
        let samples = [sample(1, 0), sample(2, 0), sample(4, 0)];
        let ms = Duration::from_millis;
        assert_eq!(cpu_between(&samples, ms(1000), ms(4000)), ms(300));
        assert_eq!(cpu_between(&samples, ms(1500), ms(3000)), ms(150));
        assert_eq!(cpu_between(&samples, ms(0), ms(9000)), ms(300));
        assert_eq!(cpu_between(&samples, ms(3000), ms(2000)), ms(0));
        assert_eq!(cpu_between(&[], ms(0), ms(1)), ms(0));
    }
}

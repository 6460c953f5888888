//! What the registry asks of the tiers.

use std::cell::RefCell;
use std::sync::atomic::Ordering::Relaxed;

use crate::clock;
use crate::registry::Space;
use crate::registry::values::{Buckets, Values};
use crate::registry::walk::VALUES_NAMES;
use crate::snapshot::{Kind, Unit};
use crate::tier::read::{self, Reader};
use crate::tier::{hot, shard};

thread_local! {
    static READER: RefCell<Option<Reader>> = const { RefCell::new(None) };
}

/// The values of this process.
pub(crate) struct Tiers;

/// The values of this process.
pub(crate) static VALUES: Tiers = Tiers;

impl Values for Tiers {
    fn cell(&self, id: u32, kind: Kind) -> u64 {
        match kind {
            // A set value lies in the shared tier alone.
            Kind::FloatGauge => read::shared(id),
            Kind::Counter | Kind::Gauge | Kind::Histogram => read::cell(id),
        }
    }

    fn histogram(&self, id: u32) -> Buckets {
        // The working memory stays with the thread; where that is impossible (it ends, or reads while it reads), a new one does.
        let kept = READER.try_with(|reader| {
            Some(
                reader
                    .try_borrow_mut()
                    .ok()?
                    .get_or_insert_with(Reader::new)
                    .histogram(id),
            )
        });
        let (sum, counts) = kept
            .ok()
            .flatten()
            .unwrap_or_else(|| Reader::new().histogram(id));
        Buckets { sum, counts }
    }

    fn uses(&self, space: Space, id: u32) -> u64 {
        match space {
            Space::Cells => read::cell(id),
            Space::Histograms => self
                .histogram(id)
                .counts
                .iter()
                .fold(0, |sum, (_, n)| sum.saturating_add(*n)),
        }
    }

    fn has_parts(&self, id: u32) -> bool {
        hot::was_added_to(id)
    }

    fn torn(&self) -> u64 {
        read::TORN.load(Relaxed)
    }

    fn seconds_per_tick(&self) -> f64 {
        clock::calibrate()
    }

    fn diagnostics(&self) -> Vec<(&'static str, &'static str, Kind, Unit, u64)> {
        let [memory, lost, torn, clock] = VALUES_NAMES;
        vec![
            (
                memory,
                "Memory of all threads' own counts.",
                Kind::Gauge,
                Unit::Bytes,
                shard::bytes() as u64,
            ),
            (
                lost,
                "Values that were not recorded, for there was no memory at all.",
                Kind::Counter,
                Unit::None,
                hot::LOST.load(Relaxed),
            ),
            (
                torn,
                "Readings during which a thread stood still while it moved a count, so that it may be seen twice or not at all.",
                Kind::Counter,
                Unit::None,
                read::TORN.load(Relaxed),
            ),
            (
                clock,
                "Times that the processor's counter was given up, for it no longer ran as the system's clock.",
                Kind::Counter,
                Unit::None,
                clock::GIVEN_UP.load(Relaxed),
            ),
        ]
    }
}

//! In the child of a fork: what the parent counted is not the child's.

use std::sync::Arc;

use super::store::Registry;
use super::values::{Correction, Totals};
use crate::snapshot::Kind;

impl Registry {
    /// Lets all counters and histograms start from zero. Gauges stay as they are: a state is inherited.
    pub(crate) fn start_from_zero(&self) {
        // A walk of a thread that stayed with the parent never ends.
        self.locked(|state| state.walks = 0);
        let families =
            self.locked(|state| state.families.iter().map(|f| f.core).collect::<Vec<_>>());
        for family in families.unwrap_or_default() {
            let kind = family.meta.kind;
            if matches!(kind, Kind::Gauge | Kind::FloatGauge) {
                continue;
            }
            let ids = self.locked(|state| state.family_of(family).map(|f| f.ids.clone()));
            for id in ids.flatten().unwrap_or_default() {
                let mut correction = Correction::none(kind);
                correction.take(&Totals::read(self.values, kind, id));
                self.locked(|state| {
                    if let Some(record) = state.record_mut(family.space, id) {
                        record.correction = Some(Arc::new(correction));
                    }
                });
            }
        }
    }
}

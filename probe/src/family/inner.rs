//! What a family holds: its description, and its place in the registry once it has been used.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Release};

use crate::instrument::sampling::Sampling;
use crate::instrument::site::Bound;
use crate::registry::{CAP, Core, GLOBAL, Identities, Identity, Registry, SeriesId, Want};
use crate::snapshot::{Kind, Unit};

#[derive(Debug)]
pub(super) struct Inner {
    name: &'static str,
    help: &'static str,
    kind: Kind,
    unit: Unit,
    cap: u32,
    sampling: Sampling,
    core: OnceLock<&'static Core>,
}

impl Inner {
    pub(super) const fn new(name: &'static str, kind: Kind, unit: Unit) -> Self {
        Self {
            name,
            help: "",
            kind,
            unit,
            cap: CAP,
            sampling: Sampling::ALL,
            core: OnceLock::new(),
        }
    }

    pub(super) const fn help(&mut self, help: &'static str) {
        self.help = help;
    }

    pub(super) const fn unit(&mut self, unit: Unit) {
        self.unit = unit;
    }

    pub(super) const fn cap(&mut self, cap: u32) {
        self.cap = cap;
    }

    pub(super) const fn sampling(&mut self, sampling: Sampling) {
        self.sampling = sampling;
    }

    /// The series of these labels by their text.
    #[inline]
    pub(super) fn find(&'static self, names: &[&str], labels: &[&str]) -> Bound {
        let series = match self.core.get() {
            Some(core) => GLOBAL.find(core, labels),
            None => self.with_core(names, |core| GLOBAL.find(core, labels)),
        };
        self.bound(series)
    }

    pub(super) fn reserve(&'static self, names: &[&str], labels: &[&str]) -> Bound {
        self.bound(self.pinned(names, labels))
    }

    fn pinned(&'static self, names: &[&str], labels: &[&str]) -> SeriesId {
        self.with_core(names, |core| GLOBAL.register(core, labels, Want::PINNED))
    }

    #[inline]
    fn bound(&self, series: SeriesId) -> Bound {
        Bound {
            series,
            sampling: self.sampling,
        }
    }

    #[cold]
    #[inline(never)]
    fn with_core(
        &'static self,
        names: &[&str],
        then: impl FnOnce(&'static Core) -> SeriesId,
    ) -> SeriesId {
        if let Some(core) = self.core.get() {
            return then(core);
        }
        let identity = Identity {
            name: self.name,
            help: self.help,
            kind: self.kind,
            unit: self.unit,
            names,
            cap: self.cap,
        };
        match GLOBAL.family(&identity) {
            // Of several threads that come here at once all have the same family.
            Some(core) => then(self.core.get_or_init(|| core)),
            None => GLOBAL.last_resort(self.kind, self.unit),
        }
    }
}

/// Series by position; pinned, so a word that is known is right for ever.
#[derive(Debug, Default)]
pub(super) struct Dense {
    words: OnceLock<Box<[AtomicU64]>>,
}

impl Dense {
    pub(super) const fn new() -> Self {
        Self {
            words: OnceLock::new(),
        }
    }

    #[inline]
    pub(super) fn get(
        &self,
        inner: &'static Inner,
        names: &[&str],
        index: usize,
        count: usize,
        texts: impl FnOnce() -> [&'static str; 4],
    ) -> Bound {
        // Acquire: whoever has the series from here has the state that goes with it.
        if let Some(words) = self.words.get()
            && let Some(word) = words.get(index)
            && let Some(series) = SeriesId::unpack(word.load(Acquire))
        {
            return inner.bound(series);
        }
        self.first(inner, names, index, count, &texts())
    }

    #[cold]
    #[inline(never)]
    fn first(
        &self,
        inner: &'static Inner,
        names: &[&str],
        index: usize,
        count: usize,
        texts: &[&str; 4],
    ) -> Bound {
        // From within a registration the answer is a makeshift that must not be kept.
        let (busy, turned_away) = (Registry::is_busy(), GLOBAL.turned_away());
        let labels = texts.get(..names.len()).unwrap_or(texts);
        let series = inner.pinned(names, labels);
        if !busy && GLOBAL.turned_away() == turned_away {
            if self.words.get().is_none() {
                // Built before it is set, so that an allocator that records does not wait for itself.
                let words = (0..count).map(|_| AtomicU64::new(0)).collect();
                drop(self.words.set(words));
            }
            if let Some(word) = self.words.get().and_then(|words| words.get(index)) {
                word.store(series.pack(), Release);
            }
        }
        inner.bound(series)
    }
}

/// Series by where the text is; pinned.
#[derive(Debug, Default)]
pub(super) struct Placed<const N: usize> {
    identities: OnceLock<Box<Identities<N>>>,
}

impl<const N: usize> Placed<N> {
    pub(super) const fn new() -> Self {
        Self {
            identities: OnceLock::new(),
        }
    }

    #[inline]
    pub(super) fn get(
        &self,
        inner: &'static Inner,
        names: &[&str; N],
        labels: &[&'static str; N],
    ) -> Bound {
        if let Some(identities) = self.identities.get()
            && let Some(series) = identities.find(labels)
        {
            return inner.bound(series);
        }
        self.first(inner, names, labels)
    }

    #[cold]
    #[inline(never)]
    fn first(&self, inner: &'static Inner, names: &[&str; N], labels: &[&'static str; N]) -> Bound {
        if Registry::is_busy() {
            return inner.find(names, labels);
        }
        if self.identities.get().is_none() {
            drop(self.identities.set(Box::default()));
        }
        let identities = self.identities.get();
        if identities.is_none_or(|identities| identities.is_full()) {
            return inner.find(names, labels);
        }
        let turned_away = GLOBAL.turned_away();
        let series = inner.pinned(names, labels);
        if let Some(identities) = identities
            && GLOBAL.turned_away() == turned_away
        {
            identities.insert(&GLOBAL, labels, series);
        }
        inner.bound(series)
    }
}

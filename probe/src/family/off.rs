//! Families without the feature `record`: nothing.

use crate::instrument::sampling::Sampling;
use crate::instrument::site::Bound;
use crate::snapshot::{Kind, Unit};

#[derive(Debug)]
pub(super) struct Inner;

impl Inner {
    pub(super) const fn new(_: &'static str, _: Kind, _: Unit) -> Self {
        Self
    }
    pub(super) const fn help(&mut self, _: &'static str) {}
    pub(super) const fn unit(&mut self, _: Unit) {}
    pub(super) const fn cap(&mut self, _: u32) {}
    pub(super) const fn sampling(&mut self, _: Sampling) {}
    #[inline]
    pub(super) fn find(&'static self, _: &[&str], _: &[&str]) -> Bound {
        Bound
    }
    #[inline]
    pub(super) fn reserve(&'static self, _: &[&str], _: &[&str]) -> Bound {
        Bound
    }
}

#[derive(Debug)]
pub(super) struct Dense;

impl Dense {
    pub(super) const fn new() -> Self {
        Self
    }
    #[inline]
    pub(super) fn get(
        &self,
        _: &'static Inner,
        _: &[&str],
        _: usize,
        _: usize,
        _: impl FnOnce() -> [&'static str; 4],
    ) -> Bound {
        Bound
    }
}

#[derive(Debug)]
pub(super) struct Placed<const N: usize>;

impl<const N: usize> Placed<N> {
    pub(super) const fn new() -> Self {
        Self
    }
    #[inline]
    pub(super) fn get(&self, _: &'static Inner, _: &[&str; N], _: &[&'static str; N]) -> Bound {
        Bound
    }
}

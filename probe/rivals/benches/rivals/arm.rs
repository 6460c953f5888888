//! What is measured: one operation of one library.

/// What an arm does in one iteration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Operation {
    Clock,
    Counter,
    CounterStatic,
    CounterDynamic,
    Record,
    RecordStatic,
    RecordDynamic,
    RecordSpread,
    Span,
}

impl Operation {
    pub const ALL: [Self; 9] = [
        Self::Clock,
        Self::Counter,
        Self::CounterStatic,
        Self::CounterDynamic,
        Self::Record,
        Self::RecordStatic,
        Self::RecordDynamic,
        Self::RecordSpread,
        Self::Span,
    ];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Clock => "Reading the clock",
            Self::Counter => "Counter, handle kept",
            Self::CounterStatic => "Counter, 3 labels looked up, `&'static str`, 256 series",
            Self::CounterDynamic => "Counter, 3 labels looked up, text of a request, 256 series",
            Self::Record => "Histogram, handle kept",
            Self::RecordStatic => "Histogram, 3 labels looked up, `&'static str`, 256 series",
            Self::RecordDynamic => "Histogram, 3 labels looked up, text of a request, 256 series",
            Self::RecordSpread => "Histogram, 10,000 series at random, handles kept",
            Self::Span => "Timed span: two readings of the clock and one record",
        }
    }
}

/// Does so many iterations.
pub type Block = Box<dyn FnMut(usize) + Send>;

/// One operation of one library.
pub struct Arm {
    pub operation: Operation,
    pub library: &'static str,
    /// How the library is used, where there are several ways.
    pub how: &'static str,
    /// Whether its operation is measured against it.
    pub is_reference: bool,
    /// Makes the block of one thread. Called on that thread.
    pub start: Box<dyn Fn() -> Block + Send + Sync>,
}

/// An arm that does `once` in every iteration, with its number; each thread has a clone of `state`, as an application's
/// threads have clones of a handle.
pub fn arm<S, O>(
    operation: Operation,
    library: &'static str,
    how: &'static str,
    state: S,
    once: O,
) -> Arm
where
    S: Clone + Send + Sync + 'static,
    O: Fn(&S, usize) + Copy + Send + Sync + 'static,
{
    block(operation, library, how, move || {
        let state = state.clone();
        let mut position = 0;
        move |count| {
            for iteration in position..position + count {
                once(&state, iteration);
            }
            position += count;
        }
    })
}

/// An arm whose blocks are made as a whole.
pub fn block<F: FnMut(usize) + Send + 'static>(
    operation: Operation,
    library: &'static str,
    how: &'static str,
    make: impl Fn() -> F + Send + Sync + 'static,
) -> Arm {
    Arm {
        operation,
        library,
        how,
        is_reference: false,
        start: Box::new(move || Box::new(make())),
    }
}

impl Arm {
    /// The one that others of its operation are compared with.
    pub fn reference(mut self) -> Self {
        self.is_reference = true;
        self
    }

    pub fn name(&self) -> String {
        if self.how.is_empty() {
            self.library.to_owned()
        } else {
            format!("{}, {}", self.library, self.how)
        }
    }
}

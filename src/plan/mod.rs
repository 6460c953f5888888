//! What to run next: a state machine that is asked and told. Pure.

//! Thresholds over what was recorded, and alerts for those that are met.
//!
//! Nothing here runs by itself: [`Alerts::evaluate`] looks at a snapshot and [`Alerts::deliver`] tells the subscribers,
//! both when the application says so, usually through [`Tracker::upkeep`](crate::tracker::Tracker::upkeep). A condition that is met raises an alert; the alert is on until the condition has not been met for a while ([`Rules`]) or somebody
//! [resolves](Alerts::resolve) it. Of several thresholds that look at the same thing only the worst that is met raises one.
//!
//! ```
//! use std::time::Duration;
//! use tollgate_probe::alert::{self, Alerts, Comparison, Rules, Statistic, Threshold, View};
//! use tollgate_probe::Gauge;
//!
//! static QUEUE: Gauge = Gauge::new("queue_length");
//! let full = Threshold::new("queue_length", Statistic::Value, Comparison::Gte, 100.0);
//! let alerts = Alerts::new(vec![full], Rules::default())?;
//! let subscription = alerts.subscribe(|alert| eprintln!("{}: {}", alert.level.word(), alert.message));
//!
//! QUEUE.set(120);
//! let window = tollgate_probe::snapshot();
//! let minute = Duration::from_secs(60);
//! alerts.evaluate(minute, View { window: &window, length: minute });
//! alerts.deliver();
//! # #[cfg(feature = "record")]
//! assert_eq!(alerts.active()[0].message.as_ref(), "queue_length value >= 100");
//! subscription.unsubscribe();
//! # Ok::<(), alert::BadThreshold>(())
//! ```

mod alerts;
mod book;
pub(crate) mod callback;
mod limit;
mod statistic;
mod threshold;

pub use alerts::{Alerts, Event, Unmet, Why};
pub use book::{Alert, CONDITIONS, Ended, Finding, HISTORY, Rules};
pub use callback::Subscription;
pub use limit::RateLimit;
pub use statistic::View;
pub use threshold::{BadThreshold, Comparison, Grouping, Level, Selector, Statistic, Threshold};

pub(crate) use book::clip;

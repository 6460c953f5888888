//! Words of the file for classes and outcomes. Stable: reports may say them otherwise.

use crate::workload::record::{Class, Outcome};
use serde::{Deserialize, Serialize};

macro_rules! keys {
    ($(#[$meta:meta])* $name:ident for $of:ident: $($variant:ident = $text:literal,)*) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub(super) enum $name {
            $(#[serde(rename = $text)] $variant,)*
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl From<$of> for $name {
            fn from(of: $of) -> Self {
                match of {
                    $($of::$variant => Self::$variant,)*
                }
            }
        }

        impl From<$name> for $of {
            fn from(key: $name) -> Self {
                match key {
                    $($name::$variant => Self::$variant,)*
                }
            }
        }
    };
}

keys! {
    /// Class of an answer.
    ClassKey for Class:
    Success = "2xx",
    Redirect = "3xx",
    ClientError = "4xx",
    ServerError = "5xx",
    None = "none",
}

keys! {
    /// How a call ended.
    OutcomeKey for Outcome:
    Ok = "ok",
    Status = "status",
    Check = "check",
    RedirectOutside = "redirect-outside",
    Refused = "refused",
    NotConnected = "not-connected",
    Tls = "tls",
    TimedOut = "timed-out",
    ClosedEarly = "closed-early",
    Garbage = "garbage",
    TooLarge = "too-large",
    NotMade = "not-made",
}

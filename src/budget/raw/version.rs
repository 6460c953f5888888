//! Whether the file is of the version that this tollgate reads.

use crate::budget::BUDGETS_VERSION;
use crate::budget::mistakes::{Mistakes, quoted};
use crate::budget::value::{self, type_name};
use crate::diagnostic::Code;
use toml::de::{DeTable, DeValue};

pub(super) fn is_of_this_version(root: &DeTable<'_>, mistakes: &mut Mistakes) -> bool {
    let begin = format!("begin the file with `version = {BUDGETS_VERSION}`");
    let Some(version) = root.get("version") else {
        let missing = mistakes
            .mistake(
                Code::MissingKey,
                0..0,
                "the file has no `version`",
                "`version` is missing",
            )
            .with_help(begin);
        mistakes.push(if root.is_empty() {
            missing.with_note("the file is empty; `tollgate init` writes one for your project")
        } else {
            missing
        });
        return true;
    };
    let DeValue::Integer(number) = version.get_ref() else {
        let message = format!("`version` must be {BUDGETS_VERSION}, a number without quotes");
        let label = format!("this is {}", type_name(version.get_ref()));
        mistakes.push(
            mistakes
                .mistake(Code::InvalidValue, version.span(), message, label)
                .with_help(begin),
        );
        return true;
    };
    let number = value::integer_text(number);
    if number == BUDGETS_VERSION.to_string() {
        return true;
    }
    // Whatever is no smaller number is taken as newer, also what fits no integer.
    let is_older = number
        .parse::<i64>()
        .is_ok_and(|number| number < i64::from(BUDGETS_VERSION));
    let (label, help) = if is_older {
        ("there is no such version", begin)
    } else {
        (
            "written for a newer tollgate",
            "install a newer tollgate, or write the file for this version".to_owned(),
        )
    };
    let message = format!(
        "version {} of budgets.toml cannot be read; this tollgate reads version {BUDGETS_VERSION}",
        quoted(&number)
    );
    mistakes.push(
        mistakes
            .mistake(Code::UnsupportedVersion, version.span(), message, label)
            .with_help(help),
    );
    is_older
}

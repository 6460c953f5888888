use super::*;
use crate::testing::recording;

#[test]
fn shares_are_shown_with_their_exact_interval() {
    assert_eq!(share(0, 20), "0 % (0 to 17)");
    assert_eq!(share(20, 20), "100 % (83 to 100)");
    assert_eq!(share(1, 100), "1.0 % (0.0 to 5.4)");
    assert_eq!(share(0, 0), "not judged");
}

#[test]
fn a_recording_becomes_tables() {
    let rules = [
        Rule {
            name: "always red",
            decide: |_| {
                Some(crate::rules::Decision {
                    claim: crate::rules::Claim::Slower,
                    processes: 3,
                    seconds: 0.25,
                })
            },
        },
        Rule {
            name: "never judges",
            decide: |_| None,
        },
    ];
    insta::assert_snapshot!(tables(&recording(&[0, 0, 0, 100]), &rules), @r#"
### The program copied anew for each job

Recorded 2026-11-21 on a processor, 2 cores, linux 6, hypervisor none. 4 jobs in 2 minutes, 2 of them disturbed by the recorder's own neighbour. Load average of the last minute: 1.5 to 1.5. CPU time stolen by the hypervisor, in percent: unknown.

#### Nothing changed: false alarms

| rule | compared | any change claimed | "slower" claimed | any, without neighbour | any, with neighbour | processes | seconds |
|---|--:|--:|--:|--:|--:|--:|--:|
| always red | 3 | 100 % (29 to 100) | 100 % (29 to 100) | 100 % (16 to 100) | 100 % (2.5 to 100) | 3 | 0.25 |
| never judges | 0 | not judged | not judged | not judged | not judged | not judged | not judged |

#### Slower by a known amount: how often "slower" was claimed

| rule | +10 % |
|---|--:|
| always red | 100 % (2.5 to 100) |
| never judges | not judged |

#### Verdicts of tollgate

In each cell: regressed / improved / unchanged / not-slower / inconclusive, then the pairs that it took on average.

| budget, floor | checks in the job | unchanged | +10 % |
|---|--:|--:|--:|
| +5 %, 2 % | 1 | 0/0/3/0/0, 8 | 1/0/0/0/0, 8 |
| +5 %, 2 % | 20 | 0/0/3/0/0, 12 | 1/0/0/0/0, 12 |
| +5 %, 2 % | 100 | 0/0/3/0/0, 18 | 1/0/0/0/0, 18 |
| +5 %, 1 % | 1 | 0/0/3/0/0, 8 | 1/0/0/0/0, 8 |
| +5 %, 1 % | 20 | 0/0/3/0/0, 12 | 1/0/0/0/0, 12 |
| +5 %, 1 % | 100 | 0/0/3/0/0, 18 | 1/0/0/0/0, 18 |
| +3 %, 2 % | 1 | 0/0/3/0/0, 8 | 1/0/0/0/0, 8 |
| +3 %, 2 % | 20 | 0/0/3/0/0, 12 | 1/0/0/0/0, 12 |
| +3 %, 2 % | 100 | 0/0/3/0/0, 18 | 1/0/0/0/0, 18 |
| +3 %, 1 % | 1 | 0/0/3/0/0, 8 | 1/0/0/0/0, 8 |
| +3 %, 1 % | 20 | 0/0/3/0/0, 12 | 1/0/0/0/0, 12 |
| +3 %, 1 % | 100 | 0/0/3/0/0, 18 | 1/0/0/0/0, 18 |

#### Estimates over all pairs against what was injected

| kernel | injected | compared | median estimate | 5 to 95 % of the estimates | 95 % intervals that hold it | scatter, in standard errors |
|---|--:|--:|--:|--:|--:|--:|
| none | +0 % | 3 | +0.00 % | +0.00 to +0.01 % | 3 of 3 | 0.7 |
| none | +10 % | 1 | +10.00 % | +10.00 to +10.00 % | 1 of 1 | 0.2 |
| none | all | 4 |  |  | 100 % (40 to 100) | 0.6 |
"#);
}

#[test]
fn what_is_copied_for_each_pair_is_shown_as_such() {
    let mut fresh = recording(&[0]);
    fresh.header.fresh_copies = true;
    let text = more_estimates(&fresh);
    assert!(
        text.starts_with("\n### The program copied anew for each pair\n"),
        "{text}"
    );
    assert!(!text.contains("anew for each job"), "{text}");
}

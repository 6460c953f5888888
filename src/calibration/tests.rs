use super::*;

fn class(model: &str) -> MachineClass {
    MachineClass {
        facts: vec![
            ("arch".to_owned(), "x86_64".to_owned()),
            ("cpu.model".to_owned(), model.to_owned()),
        ],
    }
}

fn job(model: &str, comparisons: u32, regressed: u32) -> CalibrationJob {
    CalibrationJob {
        started: "2026-11-21T12:00:00Z".to_owned(),
        seed: "7".to_owned(),
        class: class(model),
        counts: Counts {
            comparisons,
            regressed,
            improved: 1,
            inconclusive: 2,
            p_values: vec![0.25, 0.5],
        },
    }
}

#[test]
fn jobs_of_one_class_add_up_and_others_do_not_count() {
    let calibration = Calibration {
        jobs: vec![job("85", 20, 1), job("106", 50, 7), job("85", 30, 2)],
    };
    assert_eq!(
        calibration.of_class(&class("85")),
        Some(FalseAlarms {
            alarms: 3,
            comparisons: 50
        })
    );
    assert_eq!(calibration.of_class(&class("1")), None);
    assert_eq!(calibration.p_values(&class("85")).len(), 4);
    assert_eq!(Calibration::default().of_class(&class("85")), None);
}

#[test]
fn what_is_written_is_read() {
    let calibration = Calibration {
        jobs: vec![job("85", 20, 1), job("106", 50, 7)],
    };
    let text = write_calibration(&calibration);
    assert_eq!(read_calibration("f", &text).unwrap(), calibration);
    assert_eq!(text.lines().filter(|line| line.contains("seed")).count(), 2);
    let empty = Calibration::default();
    assert_eq!(
        read_calibration("f", &write_calibration(&empty)).unwrap(),
        empty
    );
}

#[test]
fn mistakes_name_the_job() {
    let good = write_calibration(&Calibration {
        jobs: vec![job("85", 20, 1)],
    });
    let problem = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        let error = read_calibration("c.json", &good.replace(from, to)).unwrap_err();
        assert_eq!(error.file, "c.json");
        error.problem
    };
    let problems = [
        problem("\"comparisons\":20", "\"comparisons\":2"),
        problem("\"regressed\":1", "\"regressed\":4294967295"),
        problem("0.25", "1.5"),
        problem("0.25", "1e999"),
        problem("2026-11-21T12:00:00Z", "yesterday"),
        problem("tollgate-calibration", "tollgate-run"),
        problem("\"version\": 1", "\"version\": 2"),
        problem("\"seed\":\"7\",", ""),
        problem("{\"arch\":\"x86_64\",\"cpu.model\":\"85\"}", "{}"),
    ];
    insta::assert_snapshot!(problems.join("\n"));
    for cut in 0..good.len() - 2 {
        assert!(read_calibration("c.json", &good[..cut]).is_err(), "{cut}");
    }
    assert!(read_calibration("c.json", "[]").is_err());
}

#[test]
fn the_distance_from_uniform_is_kolmogorovs() {
    // By hand: values 0.1, 0.2 have D = 1 - 0.2 = 0.8.
    let (distance, _) = distance_from_uniform(&[0.2, 0.1]).unwrap();
    assert!((distance - 0.8).abs() < 1e-12, "{distance}");
    let even: Vec<f64> = (0..100).map(|i| (f64::from(i) + 0.5) / 100.0).collect();
    let (distance, limit) = distance_from_uniform(&even).unwrap();
    assert!((distance - 0.005).abs() < 1e-12, "{distance}");
    // scipy.stats.kstwo.ppf(0.95, 100) = 0.13403; the approximation is good to three digits.
    assert!((limit - 0.13403).abs() < 2e-3, "{limit}");
    assert_eq!(distance_from_uniform(&[]), None);
    assert_eq!(distance_from_uniform(&[f64::NAN]), None);
}

use http::{Method, StatusCode};

use super::on::{OVERFLOW, ROUTES, Sites, row};
use crate::snapshot::SeriesSnapshot;
use crate::{Family, Timer};

/// Labels of the series of a family.
fn labels(name: &str) -> Vec<Vec<String>> {
    let snapshot = crate::snapshot();
    let family = snapshot.families.iter().find(|f| &*f.name == name);
    let series = family.map_or(&[][..], |f| &f.series);
    let labels = |s: &SeriesSnapshot| s.labels.iter().map(ToString::to_string).collect();
    series.iter().map(labels).collect()
}

#[test]
fn a_route_is_one_site_however_often_it_is_named() {
    static FAMILY: Family<Timer, 3> = Family::new("site_one", ["route", "method", "status"]);
    static SITES: Sites = Sites::new(&FAMILY);
    let first = SITES.get("/users/{id}");
    let again = SITES.get(&String::from("/users/{id}"));
    assert!(first.is(again));
    for other in ["", "/", "/users/{i}", "/users/{id}/", "/users/{id}/posts"] {
        assert!(!first.is(SITES.get(other)), "{other:?}");
        assert!(SITES.get(other).is(SITES.get(other)), "{other:?}");
    }
}

#[test]
fn nothing_is_registered_until_a_request_ends() {
    static FAMILY: Family<Timer, 3> = Family::new("site_lazy", ["route", "method", "status"]);
    static SITES: Sites = Sites::new(&FAMILY);
    let site = SITES.get("/");
    assert_eq!(labels("site_lazy"), Vec::<Vec<String>>::new());
    site.series(row(&Method::PUT), Some(StatusCode::CREATED));
    assert_eq!(labels("site_lazy"), [["/", "PUT", "201"]]);
}

#[test]
fn methods_and_statuses_that_a_client_can_make_up_share_a_word() -> Result<(), http::Error> {
    static FAMILY: Family<Timer, 3> = Family::new("site_words", ["route", "method", "status"]);
    static SITES: Sites = Sites::new(&FAMILY);
    let site = SITES.get("/");
    let long = "X".repeat(10_000);
    for method in ["BREW", "get", "GETT", &long] {
        site.series(row(&Method::from_bytes(method.as_bytes())?), None);
    }
    for status in 100..1000 {
        let status = StatusCode::from_u16(status)?;
        site.series(row(&Method::GET), Some(status));
    }
    let found = labels("site_words");
    let other: Vec<_> = found.iter().filter(|l| l[1] != "GET").collect();
    assert_eq!(other, [&["/", "other", "none"]]);
    assert!(found.len() < 80, "{}", found.len());
    assert!(found.iter().any(|l| l[2] == "599" || l[2] == "5xx"));
    Ok(())
}

#[test]
fn all_methods_of_http_have_their_own_word() {
    static FAMILY: Family<Timer, 3> = Family::new("site_methods", ["route", "method", "status"]);
    static SITES: Sites = Sites::new(&FAMILY);
    let all = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::HEAD,
        Method::OPTIONS,
        Method::CONNECT,
        Method::TRACE,
    ];
    for method in &all {
        SITES.get("/").series(row(method), Some(StatusCode::OK));
    }
    let words: Vec<_> = labels("site_methods")
        .into_iter()
        .map(|l| l[1].clone())
        .collect();
    assert_eq!(words, all.map(|m| m.to_string()));
}

#[test]
fn routes_past_the_limit_share_one_site() {
    static FAMILY: Family<Timer, 3> = Family::new("site_full", ["route", "method", "status"]);
    static SITES: Sites = Sites::new(&FAMILY);
    let first = SITES.get("/0");
    for route in 1..ROUTES {
        SITES.get(&format!("/{route}"));
    }
    let last = SITES.get(&format!("/{}", ROUTES - 1));
    let over = SITES.get("/one more");
    assert!(over.is(SITES.get("/and another")));
    assert!(!over.is(last));
    assert!(first.is(SITES.get("/0")));
    over.series(row(&Method::GET), Some(StatusCode::OK));
    assert_eq!(labels("site_full"), [[OVERFLOW, "GET", "200"]]);
}

#[test]
fn threads_that_meet_at_a_new_route_agree() {
    static FAMILY: Family<Timer, 3> = Family::new("site_race", ["route", "method", "status"]);
    static SITES: Sites = Sites::new(&FAMILY);
    let start = std::sync::Barrier::new(8);
    let work = || {
        start.wait();
        (0..100)
            .map(|route| SITES.get(&format!("/{route}")))
            .collect::<Vec<_>>()
    };
    let found = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect::<Vec<_>>()
    });
    for sites in &found {
        assert!(sites.iter().zip(&found[0]).all(|(a, b)| a.is(*b)));
    }
}

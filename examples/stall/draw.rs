//! Two distributions as a picture: percentiles to the right, further apart the rarer they are; time upwards, by powers of ten.

use std::fmt::Write as _;
use tollgate::measurement::Histogram;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 120.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 50.0;

/// Where the axis is marked: name and share.
const MARKS: [(&str, f64); 6] = [
    ("0", 0.0),
    ("p50", 0.5),
    ("p90", 0.9),
    ("p99", 0.99),
    ("p99.9", 0.999),
    ("p99.99", 0.9999),
];

/// Powers of ten that percentiles are drawn for: up to one in ten thousand.
const DECADES: f64 = 4.0;

/// SVG; `None` where one of the two has no values.
pub(crate) fn picture(title: &str, response: &Histogram, service: &Histogram) -> Option<String> {
    let most = response.max()?.max(service.max()?);
    let least = response.quantile(0.0)?.min(service.quantile(0.0)?);
    let scale = Scale::new(least, most);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"14\">{}</text>\n",
        escaped(title)
    );
    grid(&mut svg, &scale);
    for (name, colour, histogram) in [
        ("service time", "#2166ac", service),
        ("response time", "#b2182b", response),
    ] {
        curve(&mut svg, &scale, name, colour, histogram)?;
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

/// Powers of ten of a nanosecond that the picture spans.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn new(least: u64, most: u64) -> Self {
        let low = float(least.max(1)).log10().floor();
        let high = float(most.max(1)).log10().ceil();
        Self {
            low,
            high: high.max(low + 1.0),
        }
    }

    fn y(&self, nanoseconds: u64) -> f64 {
        let share = (float(nanoseconds.max(1)).log10() - self.low) / (self.high - self.low);
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }
}

fn x(share: f64) -> f64 {
    let decades = -(1.0 - share).max(10_f64.powf(-DECADES)).log10();
    LEFT + decades / DECADES * (WIDTH - LEFT - RIGHT)
}

fn grid(svg: &mut String, scale: &Scale) {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for (name, share) in MARKS {
        let x = x(share);
        // Writing to a String cannot fail.
        let _ = write!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"#ddd\"/>\n\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>\n",
            bottom + 18.0
        );
    }
    let mut power = scale.low;
    while power <= scale.high {
        let nanoseconds = 10_f64.powf(power);
        let share = (power - scale.low) / (scale.high - scale.low);
        let y = bottom - share * (bottom - TOP);
        let _ = write!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
            LEFT - 8.0,
            y + 4.0,
            time(nanoseconds)
        );
        power += 1.0;
    }
}

fn curve(
    svg: &mut String,
    scale: &Scale,
    name: &str,
    colour: &str,
    histogram: &Histogram,
) -> Option<()> {
    let mut points = String::new();
    // Forty steps a power of ten: finer than a pixel.
    let steps = 160_u32;
    let mut last = 0.0;
    for step in 0..=steps {
        let share = 1.0 - 10_f64.powf(-f64::from(step) / f64::from(steps) * DECADES);
        last = scale.y(histogram.quantile(share)?);
        let _ = write!(points, "{:.1},{last:.1} ", x(share));
    }
    let _ = write!(
        svg,
        "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>\n\
         <text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>\n",
        points.trim_end(),
        WIDTH - RIGHT + 6.0,
        // Where both end at the same height, one name stands above the other.
        last + if name.starts_with('s') { 16.0 } else { 0.0 }
    );
    Some(())
}

fn time(nanoseconds: f64) -> String {
    let (size, unit) = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")]
        .into_iter()
        .find(|(size, _)| nanoseconds >= *size)
        .unwrap_or((1.0, "ns"));
    format!("{:.0} {unit}", nanoseconds / size)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[expect(clippy::cast_precision_loss, reason = "a pixel is coarser")]
const fn float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten thousand calls, of which 10 took the stall, and 500 waited for it.
    fn stalled() -> (Histogram, Histogram) {
        let (mut response, mut service) = (Histogram::new(), Histogram::new());
        service.record_n(1_000_000, 9_990);
        service.record_n(1_000_000_000, 10);
        response.record_n(1_000_000, 9_500);
        for at in 0..500 {
            response.record(2_000_000 * (at + 1));
        }
        (response, service)
    }

    fn curves(svg: &str) -> Vec<Vec<(f64, f64)>> {
        (svg.split("points=\"").skip(1))
            .map(|rest| {
                let points = rest.split('"').next().unwrap_or_default().split(' ');
                points
                    .filter_map(|point| point.split_once(','))
                    .filter_map(|(x, y)| Some((x.parse().ok()?, y.parse().ok()?)))
                    .collect()
            })
            .collect()
    }

    #[test]
    fn the_stall_lifts_the_response_time_where_the_service_time_is_flat() {
        let (response, service) = stalled();
        let svg = picture("a < b", &response, &service).expect("there are values");
        assert!(svg.contains("a &lt; b") && svg.ends_with("</svg>\n"));
        let curves = curves(&svg);
        let [service, response] = &*curves else {
            panic!("two curves: {curves:?}");
        };
        assert_eq!((service.len(), response.len()), (161, 161));
        for curve in [service, response] {
            // To the right and never down (y grows downwards), within the picture.
            assert!(
                curve
                    .windows(2)
                    .all(|two| two[0].0 <= two[1].0 && two[0].1 >= two[1].1)
            );
            assert!(
                curve
                    .iter()
                    .all(|(x, y)| (0.0..=WIDTH).contains(x) && (0.0..=HEIGHT).contains(y))
            );
        }
        // At p99 (half of the axis) the one is at the bottom, the other near the top.
        assert!(service[80].1 - response[80].1 > (HEIGHT - TOP - BOTTOM) / 2.0);
        // At p50 and at the end they agree.
        assert!((service[10].1 - response[10].1).abs() < 1.0);
        assert!((service[160].1 - response[160].1).abs() < 5.0);
    }

    #[test]
    fn without_values_there_is_no_picture() {
        let (response, _) = stalled();
        assert!(picture("", &response, &Histogram::new()).is_none());
        assert!(picture("", &Histogram::new(), &response).is_none());
    }

    #[test]
    fn one_value_is_a_picture_as_well() {
        let mut one = Histogram::new();
        one.record(1);
        let svg = picture("", &one, &one).expect("there is a value");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

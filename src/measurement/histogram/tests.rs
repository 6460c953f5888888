use super::*;

#[test]
fn the_sum_of_parts_is_the_whole_and_comes_back_from_base64() {
    let (mut whole, mut parts) = (Histogram::new(), [Histogram::new(), Histogram::new()]);
    for i in 0..5_000_u64 {
        let value = i * i * 37 + 1;
        whole.record(value);
        parts[usize::from(i % 3 == 0)].record(value);
    }
    let mut sum = Histogram::new();
    for part in &parts {
        sum.add(part);
    }
    assert_eq!(sum, whole);
    let text = whole.to_base64().unwrap();
    assert!(text.starts_with("HISTF"), "{text}");
    assert_eq!(Histogram::from_base64(&text).unwrap(), whole);
}

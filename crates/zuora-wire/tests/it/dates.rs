//! Days and date-times, in every form that Zuora is known to send.

use zuora_wire::{Date, DateTime, Moment, from_slice, to_string};

fn instant(text: &str) -> Option<String> {
    DateTime::new(text).timestamp().map(|t| t.to_string())
}

#[test]
fn date_times_with_a_zone_are_instants() {
    for (text, utc) in [
        ("2022-04-25T19:08:32Z", "2022-04-25T19:08:32Z"),
        ("2022-04-25T19:08:32-07:00", "2022-04-26T02:08:32Z"),
        ("2022-04-25T19:08:32.000-08:00", "2022-04-26T03:08:32Z"),
        ("2022-04-25T19:08:32.125+0530", "2022-04-25T13:38:32.125Z"),
        (
            "2022-04-25T19:08:32.1234567899Z",
            "2022-04-25T19:08:32.123456789Z",
        ),
        ("2019-09-10 19:32:21 UTC", "2019-09-10T19:32:21Z"),
        ("2024-02-29 00:00:00Z", "2024-02-29T00:00:00Z"),
    ] {
        assert_eq!(instant(text).as_deref(), Some(utc), "{text}");
        assert_eq!(DateTime::new(text).to_string(), text);
    }
    let civil = DateTime::new("2022-04-25T19:08:32-07:00").civil().unwrap();
    assert_eq!(civil.to_string(), "2022-04-25T19:08:32");
}

#[test]
fn date_times_without_a_zone_are_civil() {
    for text in [
        "2022-04-25T19:08:32",
        "2022-04-25 19:08:32",
        "2022-04-25T19:08:32.0",
    ] {
        let Ok(Moment::Civil(civil)) = DateTime::new(text).moment() else {
            panic!("{text}");
        };
        assert_eq!(civil.to_string(), "2022-04-25T19:08:32");
        assert_eq!(instant(text), None);
    }
}

#[test]
fn other_text_is_kept_and_not_understood() {
    for text in [
        "",
        "now",
        "2022-04-25",
        "2022-04-25T19:08",
        "2022-02-30T19:08:32Z",
        "2022-04-25T24:08:32Z",
        "2022-04-25T19:60:32Z",
        "2022-04-25T19:08:61Z",
        "2022-04-25T19:08:32+99:00",
        "2022-04-25T19:08:32+07:60",
        "2022-04-25T19:08:32 PST",
        "2022-04-25T19:08:32.Z",
        "2022-04-25t19:08:32Z",
        "2022-04-25T19:08:32é",
        "22-04-25 19:08:32 UTC!!",
        "+022-04-25T19:08:32Z",
        "9999-12-31T23:59:59-25:59",
        "é022-04-25T19:08:3",
    ] {
        let kept = DateTime::new(text);
        assert!(kept.moment().is_err(), "{text}");
        assert_eq!(to_string(&kept), format!("{text:?}"));
    }
}

#[test]
fn dates_are_days() {
    let date: Date = from_slice(br#""2024-02-29""#).unwrap();
    assert_eq!(to_string(&date), r#""2024-02-29""#);
    for date in [Date::MIN, Date::MAX, Date::ZERO, date] {
        assert_eq!(to_string(&date), format!("\"{date}\""));
    }
    for text in [
        r#""2023-02-29""#,
        r#""2024-02-29T08:00:00Z""#,
        r#""2024-02-29T00:00:00.001Z""#,
        r#""2024-02-30T00:00:00Z""#,
        r#""24-02-29""#,
        r#""2024-2-29""#,
        r#""""#,
        "20240229",
        "true",
    ] {
        let error = from_slice::<Date>(text.as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("expected a date YYYY-MM-DD, found {text}")
        );
    }
}

#[test]
fn midnight_is_its_day() {
    for text in [
        "2024-02-29T00:00:00",
        "2024-02-29 00:00:00",
        "2024-02-29T00:00:00Z",
        "2024-02-29T00:00:00.000-08:00",
        "2024-02-29 00:00:00 UTC",
        "2024-02-29T00:00:00.000+1400",
    ] {
        let date: Date = from_slice(format!("{text:?}").as_bytes()).unwrap();
        assert_eq!(to_string(&date), r#""2024-02-29""#, "{text}");
    }
}

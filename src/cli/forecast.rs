//! What a dry run foresees, for people: who moves where, what each fence keeps, and what the next loss would do.

use std::fmt::Write;

use crate::admin::body::{ForecastBody, LossBody, ServiceForecastBody};

/// A paragraph for each service that the act touches.
pub(super) fn words(forecast: &ForecastBody) -> String {
    if forecast.services.is_empty() {
        return "nothing would move".to_owned();
    }
    forecast.services.iter().map(service).collect::<Vec<_>>().join("\n")
}

fn service(forecast: &ServiceForecastBody) -> String {
    let users = format!("{}: {} of all Internet users", forecast.service, percent(forecast.moved));
    let mut words = match forecast.moved_queries.zip(forecast.counted_queries) {
        Some((part, counted)) => {
            format!("{users} and {} of its queries ({counted} of late) would move", percent(part))
        }
        None => format!("{users} would move; too few of its queries were counted of late to tell their part"),
    };
    for shift in &forecast.shifts {
        let (part, from, to) = (percent(shift.part), &shift.from, &shift.to);
        let queries = shift.queries.map_or_else(String::new, |part| format!("{:>9}", percent(part)));
        let _ = write!(words, "\n  {part:>7}{queries}  {from} -> {to}  {}", shift.place);
    }
    for footed in &forecast.fences {
        let ([before, after], capacity) = (footed.regions, footed.capacity.map(percent));
        let _ = write!(
            words,
            "\n  keeps {after} of {before} eligible region(s) {}, {} of the capacity (now {})",
            footed.place, capacity[1], capacity[0]
        );
    }
    forecast.contingency.iter().for_each(|loss| words += &format!("\n  {}", next_loss(loss)));
    words
}

/// What losing one more region would do.
pub(super) fn next_loss(loss: &LossBody) -> String {
    let busiest = loss.busiest.as_ref().zip(loss.times);
    let carries = busiest.map(|(region, times)| format!("{region} carries {times:.2} times its part"));
    let resorts = loss.last_resorts.iter().map(|place| format!("last resort {place}"));
    let said: Vec<String> = carries.into_iter().chain(resorts).collect();
    format!("if {} were lost then: {}", loss.region, said.join("; "))
}

fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::body::{FootedBody, ShiftBody};

    #[test]
    fn a_forecast_reads_as_one_paragraph_a_service() {
        let (place, region) = ("inside fence gdpr".to_owned(), "eu-west".to_owned());
        let shift = ShiftBody {
            place: place.clone(),
            from: "eu-central".into(),
            to: region.clone(),
            part: 0.05,
            queries: Some(0.5),
        };
        let footed = FootedBody { place: place.clone(), regions: [2, 1], capacity: [1.0, 0.5] };
        let loss =
            LossBody { region, last_resorts: vec![place], busiest: Some("us".into()), times: Some(1.5) };
        let one = ServiceForecastBody {
            service: "api.example.com".into(),
            moved: 0.05,
            moved_queries: Some(0.5),
            counted_queries: Some(640.0),
            shifts: vec![shift],
            fences: vec![footed],
            contingency: vec![loss],
        };
        assert_eq!(
            words(&ForecastBody { services: vec![one] }),
            "api.example.com: 5.0 % of all Internet users and 50.0 % of its queries (640 of late) would move\n    \
             5.0 %   50.0 %  eu-central -> eu-west  inside fence gdpr\n  \
             keeps 1 of 2 eligible region(s) inside fence gdpr, 50.0 % of the capacity (now 100.0 %)\n  \
             if eu-west were lost then: us carries 1.50 times its part; last resort inside fence gdpr"
        );
        assert_eq!(words(&ForecastBody::default()), "nothing would move");
    }
}

//! What an act would do: who moves where, what each fence keeps, and what the next loss would do then.

use serde::{Deserialize, Serialize};

use crate::world::{Footed, Forecast, Loss, ServiceForecast, Shift};

/// What an act would do to every service that it touches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ForecastBody {
    /// In config order.
    pub services: Vec<ServiceForecastBody>,
}

/// What an act would do to one service. Parts of users are of all Internet users, parts of queries of the service's; 0 to
/// 1 each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceForecastBody {
    /// Its name.
    pub service: String,
    /// The part of the users that is answered by another region.
    pub moved: f64,
    /// The part of its queries of about the last minute; none: too few were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_queries: Option<f64>,
    /// How many were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_queries: Option<f64>,
    /// From where to where, and for whom.
    pub shifts: Vec<ShiftBody>,
    /// What is left inside each fence.
    pub fences: Vec<FootedBody>,
    /// The loss of each further region.
    pub contingency: Vec<LossBody>,
}

/// Users that go from one region to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftBody {
    /// Inside which fences, in words.
    pub place: String,
    /// The region that answers now.
    pub from: String,
    /// The region that would.
    pub to: String,
    /// The part of all users.
    pub part: f64,
    /// The part of the service's queries; none: too few were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queries: Option<f64>,
}

/// What a service keeps inside a fence, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FootedBody {
    /// Inside which fences, in words.
    pub place: String,
    /// Eligible regions.
    pub regions: [usize; 2],
    /// The eligible part of the capacity, 0 to 1.
    pub capacity: [f64; 2],
}

/// What losing one more region would do after the act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossBody {
    /// The region.
    pub region: String,
    /// Where the service would come to its last resort, in words.
    pub last_resorts: Vec<String>,
    /// The region that would then carry most for its capacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busiest: Option<String>,
    /// How many times its part it would carry: 1 is as much as its capacity's part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<f64>,
}

impl From<Forecast> for ForecastBody {
    fn from(forecast: Forecast) -> Self {
        Self { services: forecast.services.into_iter().map(Into::into).collect() }
    }
}

impl From<ServiceForecast> for ServiceForecastBody {
    fn from(forecast: ServiceForecast) -> Self {
        let shift = |Shift { place, from, to, part, queries }| ShiftBody {
            place,
            from: Box::into(from),
            to: Box::into(to),
            part,
            queries,
        };
        let footed = |Footed { place, regions, capacity }| FootedBody { place, regions, capacity };
        let loss = |Loss { region, last_resorts, busiest }| {
            let (busiest, times) =
                busiest.map_or((None, None), |(name, times)| (Some(name.into()), Some(times)));
            LossBody { region: Box::into(region), last_resorts, busiest, times }
        };
        Self {
            service: forecast.service.into(),
            moved: forecast.moved,
            moved_queries: forecast.queries.map(|(part, _)| part),
            counted_queries: forecast.queries.map(|(_, counted)| counted.round()),
            shifts: forecast.shifts.into_iter().map(shift).collect(),
            fences: forecast.footings.into_iter().map(footed).collect(),
            contingency: forecast.losses.into_iter().map(loss).collect(),
        }
    }
}

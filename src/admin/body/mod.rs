//! The JSON of the admin socket, one struct a body. The server writes them, the commands read them.

mod alarm;
mod audit;
mod event;
mod explanation;
mod forecast;
mod limits;
mod moment;
mod observations;
mod overrides;
mod problems;
mod push;
mod reading;
mod reload;
mod span;
mod status;
mod whereabouts;

pub use alarm::AlarmBody;
pub use audit::{AuditBody, LinkBody, LinksBody};
pub use event::{EventBody, LaggedBody, What};
pub use explanation::{
    AnswerBody, CandidateBody, ChangeBody, ExplanationBody, GroundsBody, LocationBody, RuleBody,
    UnsupposedBody,
};
pub use forecast::{FootedBody, ForecastBody, LossBody, ServiceForecastBody, ShiftBody};
pub use limits::{Gradual, Share, Term, TermError, Why, WhyError};
pub use moment::Moment;
pub use observations::ObservationsBody;
pub use overrides::{
    EpochBody, ForceState, OverrideBody, OverrideRequest, PlacedAllBody, PlacedBody, RampBody,
};
pub use problems::{ErrorBody, ProblemBody, ProblemsBody};
pub use push::{PushBody, PushError, PushRequest, PushTerm, PushedBody, Source, StateWord};
pub use reload::{ReloadBody, ReloadRequest};
pub use span::Span;
pub use status::{
    BudgetBody, DatabaseBody, EndpointBody, LayerBody, LevelBody, ProofBody, RegionBody, Regions, StatusBody,
    WorstBody,
};
pub use whereabouts::WhereBody;

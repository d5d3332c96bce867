//! The JSON of the admin socket, one struct a body. The server writes them, the commands read them.

mod event;
mod explanation;
mod limits;
mod moment;
mod observations;
mod overrides;
mod problems;
mod reload;
mod span;
mod status;
mod whereabouts;

pub use event::{EventBody, LaggedBody, What};
pub use explanation::{
    AnswerBody, CandidateBody, ChangeBody, ExplanationBody, GroundsBody, LocationBody, RuleBody,
    UnsupposedBody,
};
pub use limits::{Term, TermError, Why, WhyError};
pub use moment::Moment;
pub use observations::ObservationsBody;
pub use overrides::{EpochBody, ForceState, OverrideBody, OverrideRequest, PlacedBody};
pub use problems::{ErrorBody, ProblemBody, ProblemsBody};
pub use reload::ReloadBody;
pub use span::Span;
pub use status::{
    DatabaseBody, EndpointBody, LayerBody, ProofBody, RegionBody, Regions, StatusBody, WorstBody,
};
pub use whereabouts::WhereBody;

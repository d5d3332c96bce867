//! A catalog with its policy compiled: what a load hands to the world.

use crate::catalog::Catalog;
use crate::steer::{Audience, Plan, PlanError};

/// A catalog with its policy compiled: all that can fail in a load is behind it.
#[derive(Debug)]
pub struct Compiled {
    pub(super) catalog: Catalog,
    pub(super) plan: Plan,
    pub(super) audience: Audience,
}

impl Compiled {
    /// Compiles; takes some tens of milliseconds with a whole database.
    pub fn new(catalog: Catalog) -> Result<Self, PlanError> {
        let plan = Plan::new(&catalog.sources())?;
        let audience = Audience::new(&catalog.atlas, plan.table());
        Ok(Self { catalog, plan, audience })
    }

    /// What was compiled.
    #[must_use]
    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What was compiled, alone.
    #[must_use]
    pub fn into_catalog(self) -> Catalog {
        self.catalog
    }

    /// What it was compiled to.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }
}

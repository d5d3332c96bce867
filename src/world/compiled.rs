//! A catalog with its policy compiled: what a load hands to the world.

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::steer::{Audience, Plan, PlanError};

/// A catalog with its policy compiled: all that can fail in a load is behind it. Clones share both.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub(super) catalog: Arc<Catalog>,
    pub(super) plan: Arc<Plan>,
    pub(super) audience: Arc<Audience>,
}

impl Compiled {
    /// Compiles; takes some tens of milliseconds with a whole database.
    pub fn new(catalog: Catalog) -> Result<Self, PlanError> {
        let plan = Plan::new(&catalog.sources())?;
        let audience = Audience::new(&catalog.atlas, plan.table());
        Ok(Self { catalog: Arc::new(catalog), plan: Arc::new(plan), audience: Arc::new(audience) })
    }

    /// What was compiled.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What was compiled, alone.
    #[must_use]
    pub fn into_catalog(self) -> Arc<Catalog> {
        self.catalog
    }

    /// What it was compiled to.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

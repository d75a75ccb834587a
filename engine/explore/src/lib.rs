//! Campaigns, search and shrinking over the model.

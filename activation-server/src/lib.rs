//! The vendor's activation server.

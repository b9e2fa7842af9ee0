//! The only place that touches libav*: it runs in the decode worker, never in the parent.

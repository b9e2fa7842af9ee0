//! Operations of a shard that fail where it would panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use qdrant_edge::{EdgeShard, OperationError};

/// Closes a shard; it flushes then, and its failure to do so must not end the process.
pub(super) fn discard(shard: EdgeShard) {
    let closed = guarded(|| {
        drop(shard);
        Ok(())
    });
    if let Err(error) = closed {
        tracing::warn!(%error, "a vector shard did not close cleanly; it is repaired when it is next opened");
    }
}

/// Runs an operation of the shard; where it would panic (a failed flush, a broken log), it fails.
pub(super) fn guarded<T>(
    operation: impl FnOnce() -> Result<T, OperationError>,
) -> Result<T, OperationError> {
    // The shard's locks do not poison, and one whose files broke is thrown away on the next opening.
    catch_unwind(AssertUnwindSafe(operation)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("it panicked");
        // The text of its own errors goes on with pages of stack frames.
        let text = text.split(", backtrace: ").next().unwrap_or(text);
        Err(OperationError::ServiceError {
            description: text.to_owned(),
            backtrace: None,
        })
    })
}

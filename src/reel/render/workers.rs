//! Parts handed out to decode workers, several at a time, and joined by one.

use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use super::output::Output;
use super::store::PartStore;
use super::{Part, Progress, Stage, Workshop};
use crate::media::MediaError;
use crate::media::protocol::{ReelContent, ReelJoin, ReelJoinSummary, ReelPart, ReelPartSummary};
use crate::reel::ReelError;

/// What rendering the parts came to.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) kept: usize,
    pub(super) warnings: Vec<String>,
}

/// What a thread that renders has to tell.
enum News {
    Pictures(i64),
    Done(usize, ReelPartSummary),
    Failed(ReelError),
}

/// Where the parts lie, in order.
pub(super) fn paths(parts: &[Part], store: &PartStore<'_>) -> Vec<Vec<u8>> {
    let path = |part: &Part| store.path(&part.key).as_os_str().as_bytes().to_vec();
    parts.iter().map(path).collect()
}

/// Renders the parts that are not there yet.
///
/// # Errors
/// The first that happens; what other workers have in hand is given up then.
pub(super) fn render_parts(
    parts: &[Part],
    store: &PartStore<'_>,
    workshop: &Workshop<'_>,
    on_progress: &mut dyn FnMut(Progress),
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Made, ReelError> {
    let mut progress = Progress {
        stage: Stage::Rendering,
        done_pictures: 0,
        pictures: parts.iter().map(|part| part.request.pictures).sum(),
        done_parts: 0,
        parts: parts.len(),
    };
    let mut missing: Vec<usize> = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        // The same stretch may be shown twice.
        let is_taken = missing.iter().any(|other| parts[*other].key == part.key);
        if store.has(&part.key) || is_taken {
            progress.done_parts += 1;
            progress.done_pictures += part.request.pictures;
        } else {
            missing.push(index);
        }
    }
    let mut made = Made {
        kept: progress.done_parts,
        warnings: Vec::new(),
    };
    on_progress(progress);
    // The longest first, so that at the end no core waits for one of them.
    missing.sort_by_key(|index| std::cmp::Reverse(parts[*index].request.pictures));
    let threads = workshop.workers.clamp(1, missing.len().max(1));
    let cores = super::cores();
    let next = AtomicUsize::new(0);
    let is_over = AtomicBool::new(false);
    let is_unwanted = || is_over.load(Ordering::Relaxed) || is_cancelled();
    let (sender, news) = channel();
    let mut warnings: Vec<(usize, String)> = Vec::new();
    let mut failure = None;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, missing, next) = (sender.clone(), &missing, &next);
            let is_unwanted = &is_unwanted;
            scope.spawn(move || {
                while let Some(index) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let part = &parts[*index];
                    let mut request = part.request.clone();
                    // One more than its share: decoding and encoding take turns waiting, and the
                    // last part has all cores to itself.
                    request.form.threads = (cores.div_ceil(threads) + 1) as u32;
                    let outcome = render_part(part, request, store, workshop, &sender, is_unwanted);
                    let news = match outcome {
                        Ok(Some(summary)) => News::Done(*index, summary),
                        Ok(None) => return,
                        Err(error) => News::Failed(error),
                    };
                    // The receiver lives as long as this scope.
                    let _ = sender.send(news);
                }
            });
        }
        drop(sender);
        for news in news {
            match news {
                News::Pictures(pictures) => progress.done_pictures += pictures,
                News::Done(index, summary) => {
                    progress.done_parts += 1;
                    let part = &parts[index];
                    for warning in summary.warnings {
                        let text =
                            format!("pick {} (`{}`): {warning}", part.pick, part.source_name);
                        warnings.push((index, text));
                    }
                }
                News::Failed(error) => {
                    is_over.store(true, Ordering::Relaxed);
                    failure.get_or_insert(error);
                }
            }
            on_progress(progress);
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    if progress.done_parts < parts.len() {
        return Err(ReelError::Interrupted {
            done: progress.done_parts,
            parts: parts.len(),
        });
    }
    warnings.sort();
    made.warnings = warnings.into_iter().map(|(_, text)| text).collect();
    made.warnings.dedup();
    Ok(made)
}

/// Renders one part and keeps it; `None` where nobody wants it any more. What makes a worker die is
/// shown as black.
fn render_part(
    part: &Part,
    request: ReelPart,
    store: &PartStore<'_>,
    workshop: &Workshop<'_>,
    news: &Sender<News>,
    is_unwanted: &(dyn Fn() -> bool + Sync),
) -> Result<Option<ReelPartSummary>, ReelError> {
    if is_unwanted() {
        return Ok(None);
    }
    match render_once(part, &request, store, workshop, news, is_unwanted) {
        Err(ReelError::Media(
            error @ (MediaError::WorkerDied { .. } | MediaError::Stalled { .. }),
        )) => {
            let summary = render_once(
                part,
                &blackened(request),
                store,
                workshop,
                news,
                is_unwanted,
            )?;
            Ok(summary.map(|mut summary| {
                summary
                    .warnings
                    .push(format!("black is shown instead: {error}"));
                summary
            }))
        }
        other => other,
    }
}

fn blackened(mut request: ReelPart) -> ReelPart {
    for layer in &mut request.layers {
        if !matches!(layer.content, ReelContent::Card { .. }) {
            layer.content = ReelContent::Nothing;
        }
    }
    request
}

fn render_once(
    part: &Part,
    request: &ReelPart,
    store: &PartStore<'_>,
    workshop: &Workshop<'_>,
    news: &Sender<News>,
    is_unwanted: &(dyn Fn() -> bool + Sync),
) -> Result<Option<ReelPartSummary>, ReelError> {
    let mut draft = store.draft(&part.key)?;
    let mut session = workshop.pool.session()?;
    let mut failed = Ok(());
    let mut told = 0;
    let summary = session.reel_part(request, &mut |bytes, pictures| {
        failed = draft.write(bytes);
        if pictures > told {
            let _ = news.send(News::Pictures(pictures - told));
            told = pictures;
        }
        if failed.is_err() || is_unwanted() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let outcome = match (failed, summary) {
        (Err(error), _) => Err(error),
        (Ok(()), Err(error)) => Err(error.into()),
        (Ok(()), Ok(summary)) => Ok(summary),
    };
    let left = match &outcome {
        Ok(Some(_)) => request.pictures - told,
        // It is begun anew or given up.
        _ => -told,
    };
    if left != 0 {
        let _ = news.send(News::Pictures(left));
    }
    let summary = outcome?;
    if let Some(summary) = &summary {
        store.keep(draft, &part.key, summary)?;
    }
    Ok(summary)
}

/// Joins the parts into `target`.
///
/// # Errors
/// `Interrupted`; `File` when the disk is full; what is wrong with a part.
pub(super) fn join_parts(
    request: &ReelJoin,
    parts: &[Part],
    target: &Output,
    workshop: &Workshop<'_>,
    on_progress: &mut dyn FnMut(Progress),
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<ReelJoinSummary, ReelError> {
    let mut progress = Progress {
        stage: Stage::Joining,
        done_pictures: 0,
        pictures: parts.iter().map(|part| part.request.pictures).sum(),
        done_parts: parts.len(),
        parts: parts.len(),
    };
    on_progress(progress);
    let mut session = workshop.pool.session()?;
    let mut failed = Ok(());
    let summary = session.join_reel(request, &mut |offset, bytes, pictures| {
        if !bytes.is_empty() {
            failed = target.write(offset, bytes);
        }
        if pictures > progress.done_pictures {
            progress.done_pictures = pictures;
            on_progress(progress);
        }
        if failed.is_err() || is_cancelled() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    failed?;
    summary?.ok_or(ReelError::Interrupted {
        done: parts.len(),
        parts: parts.len(),
    })
}

//! Finds where lines of text may be, by rows of strokes that stand close together.

use super::luma::Luma;

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Region {
    fn right(self) -> usize {
        self.left + self.width
    }

    fn bottom(self) -> usize {
        self.top + self.height
    }

    fn area(self) -> usize {
        self.width * self.height
    }

    fn intersection(self, other: Self) -> usize {
        let width = self
            .right()
            .min(other.right())
            .saturating_sub(self.left.max(other.left));
        let height = self
            .bottom()
            .min(other.bottom())
            .saturating_sub(self.top.max(other.top));
        width * height
    }

    /// Whether both show the same text: they share most of the smaller one.
    pub(super) fn is_same_place(self, other: Self) -> bool {
        self.intersection(other) * 10 > self.area().min(other.area()) * 6
    }

    /// The region with a margin, cut at the picture's borders.
    pub(super) fn grown(self, across: usize, down: usize, width: usize, height: usize) -> Self {
        let (left, top) = (
            self.left.saturating_sub(across),
            self.top.saturating_sub(down),
        );
        Self {
            left,
            top,
            width: (self.right() + across).min(width) - left,
            height: (self.bottom() + down).min(height) - top,
        }
    }
}

/// Steps between neighbouring pixels that count as the border of a stroke: the low one for
/// faint text on a plain ground, the high one for clear text on a busy ground.
const EDGE_STEPS: [i16; 2] = [36, 96];
/// Strokes of one line stand no farther apart than this, spaces between words included, for
/// text of at most [`MAX_LINE_HEIGHT`].
const MAX_GAP: usize = 24;
/// A row through a word of two letters crosses at least this many borders of strokes.
const MIN_BORDERS: usize = 4;
/// Lines from 7 to 56 pixels are found at full size, larger ones on a reduced picture.
const MIN_LINE_HEIGHT: usize = 7;
const MAX_LINE_HEIGHT: usize = 56;
/// How much smaller the reduced picture is.
const REDUCTION: usize = 3;
/// Regions read per picture; a full page of captions has fewer, foliage has more.
const MAX_REGIONS: usize = 14;

/// A piece of a row that looks like a cut through a line of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Changes from brighter to darker and back.
    pub(super) borders: usize,
}

/// Finds the runs of a row; `edge_step` is the least difference between pixels two apart.
pub(super) fn runs(row: &[u8], edge_step: i16, out: &mut Vec<Run>) {
    out.clear();
    let mut current: Option<(Run, bool)> = None;
    for (x, pair) in row.windows(3).enumerate() {
        let step = i16::from(pair[2]) - i16::from(pair[0]);
        if step.abs() < edge_step {
            continue;
        }
        let rises = step > 0;
        current = match current {
            Some((run, before)) if x - run.end <= MAX_GAP => Some((
                Run {
                    end: x,
                    borders: run.borders + usize::from(before != rises),
                    ..run
                },
                rises,
            )),
            other => {
                out.extend(other.map(|(run, _)| run).filter(is_text_like));
                Some((
                    Run {
                        start: x,
                        end: x,
                        borders: 1,
                    },
                    rises,
                ))
            }
        };
    }
    out.extend(current.map(|(run, _)| run).filter(is_text_like));
}

fn is_text_like(run: &Run) -> bool {
    run.borders >= MIN_BORDERS
}

/// Runs of neighbouring rows that lie above each other.
#[derive(Debug, Clone, Copy)]
struct Component {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
    covered: usize,
    borders: usize,
    rows: usize,
}

impl Component {
    fn region(self) -> Option<Region> {
        let (width, height) = (self.right - self.left + 2, self.bottom - self.top + 1);
        let is_line = (MIN_LINE_HEIGHT..=MAX_LINE_HEIGHT).contains(&height)
            && width * 10 >= height * 8
            && self.covered * 3 >= width * height;
        is_line.then_some(Region {
            left: self.left,
            top: self.top,
            width,
            height,
        })
    }

    /// Strokes per row and height: long lines first.
    fn weight(self) -> usize {
        self.borders / self.rows.max(1)
    }
}

/// Where lines of text may be, the most promising first, at most 14.
pub(super) fn text_regions(luma: &Luma) -> Vec<Region> {
    let mut found: Vec<(usize, Region)> = Vec::new();
    for edge_step in EDGE_STEPS.into_iter().rev() {
        found.extend(regions_at(luma, edge_step));
    }
    let whole = Region {
        left: 0,
        top: 0,
        width: luma.width,
        height: luma.height,
    };
    let (width, height) = (luma.width / REDUCTION, luma.height / REDUCTION);
    if width > MAX_GAP
        && height > MIN_LINE_HEIGHT
        && let Some(reduced) = luma.resized(whole, width, height)
    {
        for edge_step in EDGE_STEPS.into_iter().rev() {
            found.extend(
                regions_at(&reduced, edge_step)
                    .into_iter()
                    .map(|(weight, region)| {
                        let region = Region {
                            left: region.left * REDUCTION,
                            top: region.top * REDUCTION,
                            width: (region.width * REDUCTION)
                                .min(luma.width - region.left * REDUCTION),
                            height: (region.height * REDUCTION)
                                .min(luma.height - region.top * REDUCTION),
                        };
                        (weight, region)
                    }),
            );
        }
    }
    let mut kept: Vec<(usize, Region)> = Vec::new();
    for (weight, region) in found {
        let (inside, others): (Vec<_>, Vec<_>) = kept
            .iter()
            .partition(|(_, other)| other.is_same_place(region));
        let is_known = inside
            .iter()
            .any(|(_, other)| other.area() * 5 >= region.area() * 4);
        // The fuller view is the whole line and not only the middle of its letters, unless it
        // joins lines that were found one by one.
        if !is_known && !joins_lines(region, &inside) {
            kept = others;
            kept.push((weight, region));
        }
    }
    kept.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    kept.truncate(MAX_REGIONS);
    kept.into_iter().map(|(_, region)| region).collect()
}

/// Whether two of the regions inside stand above each other and are nearly as wide as `region`.
fn joins_lines(region: Region, inside: &[(usize, Region)]) -> bool {
    let wide = || {
        inside
            .iter()
            .map(|(_, line)| *line)
            .filter(|line| line.width * 2 > region.width)
    };
    wide().any(|upper| wide().any(|lower| upper.bottom() < lower.top))
}

fn regions_at(luma: &Luma, edge_step: i16) -> Vec<(usize, Region)> {
    let mut components: Vec<Component> = Vec::new();
    // Runs of the row before, with their component; a component that was merged away points on.
    let mut before: Vec<(Run, usize)> = Vec::new();
    let mut merged: Vec<usize> = Vec::new();
    let mut row_runs = Vec::new();
    for row in 0..luma.height {
        runs(luma.row(row), edge_step, &mut row_runs);
        let mut now: Vec<(Run, usize)> = Vec::with_capacity(row_runs.len());
        for &run in &row_runs {
            let mut own: Option<usize> = None;
            for &(_, index) in before.iter().filter(|(above, _)| overlaps(*above, run)) {
                let index = root(&merged, index);
                own = match own {
                    None => Some(index),
                    Some(first) if first == index => Some(first),
                    Some(first) => {
                        components[first] = joined(components[first], components[index]);
                        merged[index] = first;
                        Some(first)
                    }
                };
            }
            let piece = Component {
                left: run.start,
                right: run.end,
                top: row,
                bottom: row,
                covered: run.end - run.start + 1,
                borders: run.borders,
                rows: 1,
            };
            let index = match own {
                Some(index) => {
                    let known = components[index];
                    let is_new_row = known.bottom < row;
                    components[index] = Component {
                        rows: known.rows + usize::from(is_new_row),
                        ..joined(known, piece)
                    };
                    index
                }
                None => {
                    components.push(piece);
                    merged.push(components.len() - 1);
                    components.len() - 1
                }
            };
            now.push((run, index));
        }
        before = now;
    }
    components
        .iter()
        .enumerate()
        .filter(|(index, _)| merged[*index] == *index)
        .filter_map(|(_, component)| Some((component.weight(), component.region()?)))
        .collect()
}

fn root(merged: &[usize], mut index: usize) -> usize {
    while merged[index] != index {
        index = merged[index];
    }
    index
}

fn joined(one: Component, other: Component) -> Component {
    Component {
        left: one.left.min(other.left),
        right: one.right.max(other.right),
        top: one.top.min(other.top),
        bottom: one.bottom.max(other.bottom),
        covered: one.covered + other.covered,
        borders: one.borders + other.borders,
        rows: one.rows.max(other.rows),
    }
}

/// Whether two runs share at least half of the shorter one.
fn overlaps(one: Run, other: Run) -> bool {
    let shared = one
        .end
        .min(other.end)
        .saturating_sub(one.start.max(other.start));
    shared * 2 >= (one.end - one.start).min(other.end - other.start).max(1)
}

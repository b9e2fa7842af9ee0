//! The tower that turns pixels into one vector: patches, an encoder, and one of two ways to pool.

use super::activation::LayerNorm;
use super::block::{EncoderShape, Weights, load_norm};
use super::buffer::AlignedBuffer;
use super::encoder::{Encoder, EncoderScratch};
use super::kernel::Instructions;
use super::linear::{Linear, Outcome, PackedRows};
use super::probe_head::ProbeHead;

/// Rows worked on at a time by one thread: enough to use each weight often once it is in the cache,
/// few enough for the rows between two products to stay in the second cache.
const ROWS_AT_ONCE: usize = 100;

/// The sizes of an image tower.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImageTowerShape {
    /// Its blocks.
    pub(crate) encoder: EncoderShape,
    /// Pixels of a side of the square picture.
    pub(crate) image_size: usize,
    /// Pixels of a side of a patch.
    pub(crate) patch_size: usize,
    /// Numbers of a pixel.
    pub(crate) channels: usize,
    /// How one vector is made of all rows.
    pub(crate) pooling: Pooling,
}

/// How one vector is made of all rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pooling {
    /// A row of its own before the patches, projected to that many numbers (CLIP).
    ClassRow {
        /// Numbers of the vector.
        projection: usize,
    },
    /// A learnt query that attends to all rows (SigLIP); the vector is as wide as a row.
    Probe,
}

/// An image tower that runs on the processor.
pub(crate) struct ImageTower {
    shape: ImageTowerShape,
    patches: Linear,
    positions: Vec<f32>,
    encoder: Encoder,
    final_norm: LayerNorm,
    head: Head,
}

enum Head {
    ClassRow {
        class: Vec<f32>,
        first_norm: LayerNorm,
        projection: Linear,
    },
    Probe(Box<ProbeHead>),
}

#[derive(Default)]
struct Scratch {
    states: AlignedBuffer,
    patches: AlignedBuffer,
    packed: PackedRows,
    encoder: EncoderScratch,
}

impl ImageTower {
    /// Takes the tensors named as in Hugging Face's `CLIPModel` and `SiglipModel`.
    ///
    /// # Errors
    /// What `weights` gives.
    pub(crate) fn load<E>(
        shape: ImageTowerShape,
        instructions: Instructions,
        weights: &mut Weights<'_, E>,
    ) -> Result<Self, E> {
        const PREFIX: &str = "vision_model.";
        let width = shape.encoder.width;
        let (side, channels) = (shape.patch_size, shape.channels);
        let patch_name = format!("{PREFIX}embeddings.patch_embedding");
        let patch = weights(
            &format!("{patch_name}.weight"),
            &[width, channels, side, side],
        )?;
        let (patch_bias, first_row) = match shape.pooling {
            Pooling::ClassRow { .. } => (None, 1),
            Pooling::Probe => (Some(weights(&format!("{patch_name}.bias"), &[width])?), 0),
        };
        let rows = (shape.image_size / side).pow(2) + first_row;
        let positions = weights(
            &format!("{PREFIX}embeddings.position_embedding.weight"),
            &[rows, width],
        )?;
        let head = match shape.pooling {
            Pooling::ClassRow { projection } => Head::ClassRow {
                class: weights(&format!("{PREFIX}embeddings.class_embedding"), &[width])?,
                // The name is misspelt in the checkpoints.
                first_norm: load_norm(weights, &format!("{PREFIX}pre_layrnorm"), &shape.encoder)?,
                projection: Linear::new(
                    &weights("visual_projection.weight", &[projection, width])?,
                    None,
                    width,
                ),
            },
            Pooling::Probe => Head::Probe(Box::new(ProbeHead::load(&shape.encoder, weights)?)),
        };
        Ok(Self {
            patches: Linear::new(&patch, patch_bias, channels * side * side),
            positions,
            encoder: Encoder::load(
                shape.encoder.clone(),
                instructions,
                &format!("{PREFIX}encoder."),
                weights,
            )?,
            final_norm: load_norm(weights, &format!("{PREFIX}post_layernorm"), &shape.encoder)?,
            head,
            shape,
        })
    }

    /// Numbers of one picture's input: channels × rows × columns.
    pub(crate) fn pixels(&self) -> usize {
        self.shape.channels * self.shape.image_size.pow(2)
    }

    /// Numbers of a vector.
    pub(crate) fn dimensions(&self) -> usize {
        match self.shape.pooling {
            Pooling::ClassRow { projection } => projection,
            Pooling::Probe => self.shape.encoder.width,
        }
    }

    /// The vectors of pictures whose pixels, channel after channel, lie one after the other; not
    /// normalised. Each of at most `threads` threads works on pictures of its own; pictures that are
    /// left over are worked on by all threads together.
    pub(crate) fn embed(&self, pixels: &[f32], threads: usize) -> Vec<f32> {
        let threads = threads.max(1);
        let count = pixels.len() / self.pixels();
        let share = count / threads;
        let mut vectors = vec![0.0; count * self.dimensions()];
        let (pixels, shared_pixels) = pixels.split_at(share * threads * self.pixels());
        let (own, shared) = vectors.split_at_mut(share * threads * self.dimensions());
        let parts = pixels
            .chunks(share.max(1) * self.pixels())
            .zip(own.chunks_mut(share.max(1) * self.dimensions()));
        std::thread::scope(|scope| {
            for (pixels, vectors) in parts {
                scope.spawn(|| self.embed_part(pixels, vectors));
            }
        });
        let mut scratch = Scratch::default();
        let shared_pixels = shared_pixels.chunks_exact(self.pixels());
        for (pixels, vector) in shared_pixels.zip(shared.chunks_exact_mut(self.dimensions())) {
            self.embed_group(pixels, vector, threads, &mut scratch);
        }
        vectors
    }

    fn embed_part(&self, pixels: &[f32], vectors: &mut [f32]) {
        let mut scratch = Scratch::default();
        let at_once = (ROWS_AT_ONCE / self.rows()).max(1);
        let groups = pixels
            .chunks(at_once * self.pixels())
            .zip(vectors.chunks_mut(at_once * self.dimensions()));
        for (pixels, vectors) in groups {
            self.embed_group(pixels, vectors, 1, &mut scratch);
        }
    }

    /// The vectors of a few pictures, on this thread, or of a single one on more of them.
    fn embed_group(
        &self,
        pixels: &[f32],
        vectors: &mut [f32],
        threads: usize,
        scratch: &mut Scratch,
    ) {
        let count = pixels.len() / self.pixels();
        let (rows, width) = (self.rows(), self.encoder.width());
        let instructions = self.encoder.instructions();
        scratch.states.resize(count * rows * width);
        let pictures = pixels.chunks_exact(self.pixels());
        for (picture, index) in pictures.zip(0..) {
            self.embed_patches(picture, index, scratch);
        }
        let pooled = vec![0; count];
        let pooled = match self.shape.pooling {
            Pooling::ClassRow { .. } => Some(&pooled[..]),
            Pooling::Probe => None,
        };
        match threads {
            1 => self
                .encoder
                .run(&mut scratch.states, rows, pooled, &mut scratch.encoder),
            _ => self
                .encoder
                .run_shared(&mut scratch.states, pooled.map(|rows| rows[0]), threads),
        }
        match &self.head {
            Head::ClassRow { projection, .. } => {
                scratch.states.resize(count * width);
                normalise(&self.final_norm, instructions, &mut scratch.states);
                scratch.packed.pack(&scratch.states, width, count, width);
                let out = (vectors, self.dimensions());
                projection.apply(instructions, &scratch.packed, out, Outcome::Store);
            }
            Head::Probe(head) => {
                normalise(&self.final_norm, instructions, &mut scratch.states);
                let sequences = scratch.states.chunks_exact(rows * width);
                for (states, vector) in sequences.zip(vectors.chunks_exact_mut(width)) {
                    let shape = &self.shape.encoder;
                    head.pool(shape, instructions, states, vector, &mut scratch.encoder);
                }
            }
        }
    }

    /// Rows of one picture.
    fn rows(&self) -> usize {
        self.positions.len() / self.encoder.width()
    }

    /// Fills the rows of picture `index`: its patches, projected, with their positions.
    fn embed_patches(&self, picture: &[f32], index: usize, scratch: &mut Scratch) {
        let (side, size) = (self.shape.patch_size, self.shape.image_size);
        let depth = self.shape.channels * side * side;
        let across = size / side;
        let width = self.encoder.width();
        scratch.patches.resize(across * across * depth);
        let mut targets = scratch.patches.chunks_exact_mut(side);
        for patch in 0..across * across {
            let (top, left) = (patch / across * side, patch % across * side);
            for channel in 0..self.shape.channels {
                for row in top..top + side {
                    let start = (channel * size + row) * size + left;
                    if let Some(target) = targets.next() {
                        target.copy_from_slice(&picture[start..start + side]);
                    }
                }
            }
        }
        scratch
            .packed
            .pack(&scratch.patches, depth, across * across, depth);
        let states = &mut scratch.states[index * self.rows() * width..][..self.rows() * width];
        states.copy_from_slice(&self.positions);
        let instructions = self.encoder.instructions();
        match &self.head {
            Head::ClassRow {
                class, first_norm, ..
            } => {
                let (first, others) = states.split_at_mut(width);
                first
                    .iter_mut()
                    .zip(class)
                    .for_each(|(state, value)| *state += value);
                self.patches
                    .apply(instructions, &scratch.packed, (others, width), Outcome::Add);
                normalise(first_norm, instructions, states);
            }
            Head::Probe(_) => {
                self.patches
                    .apply(instructions, &scratch.packed, (states, width), Outcome::Add);
            }
        }
    }
}

/// Puts each row of `states` through `norm`, in place.
pub(super) fn normalise(norm: &LayerNorm, instructions: Instructions, states: &mut [f32]) {
    let mut row = vec![0.0; norm.width()];
    for state in states.chunks_exact_mut(row.len()) {
        row.copy_from_slice(state);
        norm.apply(instructions, &row, state);
    }
}

//! Transformer towers for the processor, made for throughput: packed weights, own kernels, one picture a thread.

mod activation;
mod attention;
mod block;
mod buffer;
mod encoder;
mod image_tower;
mod kernel;
mod linear;
mod probe_head;
mod text_tower;

pub(crate) use activation::Activation;
pub(crate) use block::EncoderShape;
pub(crate) use image_tower::{ImageTower, ImageTowerShape, Pooling};
pub(crate) use kernel::Instructions;
pub(crate) use text_tower::{TextTower, TextTowerShape, Tokens};

//! The image tower on a graphics processor, by candle's own modules.

use candle_core::{DType, Device, Module, Result, Tensor};
use candle_nn::{Linear, VarBuilder, linear_no_bias};
use candle_transformers::models::{clip, siglip};

use super::fast::{Activation, ImageTowerShape, Pooling};

/// An image tower on a device.
pub(crate) struct DeviceTower {
    device: Device,
    side: usize,
    tower: Tower,
}

enum Tower {
    Clip(clip::vision_model::ClipVisionTransformer, Linear),
    Siglip(siglip::VisionModel),
}

impl DeviceTower {
    /// Takes its tensors out of the safetensors file `bytes`, which must have been checked before: candle
    /// makes up a class embedding where it finds none. `None` for towers that candle's modules do not know.
    ///
    /// # Errors
    /// A device that is too small or fails.
    pub(crate) fn load(
        shape: &ImageTowerShape,
        bytes: Vec<u8>,
        device: &Device,
    ) -> Result<Option<Self>> {
        let encoder = &shape.encoder;
        let weights = VarBuilder::from_buffered_safetensors(bytes, DType::F32, device)?;
        let tower = match shape.pooling {
            Pooling::ClassRow { projection } => {
                if encoder.activation != Activation::QuickGelu || encoder.epsilon != 1e-5 {
                    return Ok(None);
                }
                let config = clip::vision_model::ClipVisionConfig {
                    embed_dim: encoder.width,
                    activation: clip::text_model::Activation::QuickGelu,
                    intermediate_size: encoder.inner,
                    num_hidden_layers: encoder.layers,
                    num_attention_heads: encoder.heads,
                    projection_dim: projection,
                    num_channels: shape.channels,
                    image_size: shape.image_size,
                    patch_size: shape.patch_size,
                };
                let vision = weights.pp("vision_model");
                Tower::Clip(
                    clip::vision_model::ClipVisionTransformer::new(vision, &config)?,
                    linear_no_bias(encoder.width, projection, weights.pp("visual_projection"))?,
                )
            }
            Pooling::Probe => {
                let config = siglip::VisionConfig {
                    hidden_size: encoder.width,
                    intermediate_size: encoder.inner,
                    num_hidden_layers: encoder.layers,
                    num_attention_heads: encoder.heads,
                    num_channels: shape.channels,
                    image_size: shape.image_size,
                    patch_size: shape.patch_size,
                    hidden_act: match encoder.activation {
                        Activation::GeluTanh => candle_nn::Activation::GeluPytorchTanh,
                        Activation::Gelu => candle_nn::Activation::Gelu,
                        Activation::QuickGelu => return Ok(None),
                    },
                    layer_norm_eps: f64::from(encoder.epsilon),
                };
                let vision = weights.pp("vision_model");
                Tower::Siglip(siglip::VisionModel::new(&config, true, vision)?)
            }
        };
        Ok(Some(Self {
            device: device.clone(),
            side: shape.image_size,
            tower,
        }))
    }

    /// The vectors of pictures whose pixels, channel after channel, lie one after the other; not normalised.
    ///
    /// # Errors
    /// A device that fails.
    pub(crate) fn embed(&self, pixels: &[f32]) -> Result<Vec<f32>> {
        let count = pixels.len() / (3 * self.side * self.side);
        if count == 0 {
            return Ok(Vec::new());
        }
        let shape = (count, 3, self.side, self.side);
        let pixels = Tensor::from_slice(pixels, shape, &self.device)?;
        let vectors = match &self.tower {
            Tower::Clip(tower, projection) => projection.forward(&tower.forward(&pixels)?)?,
            Tower::Siglip(tower) => tower.forward(&pixels)?,
        };
        vectors.flatten_all()?.to_vec1()
    }
}

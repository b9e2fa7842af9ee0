//! A CLIP or SigLIP model: image tower, text tower, and what makes pixels and tokens for them.

use candle_core::Device;

use super::PictureEmbedder;
use super::config::{DualEncoderConfig, Family, unsupported};
use super::device_tower::DeviceTower;
use super::fast::{ImageTower, Instructions, TextTower, Tokens};
use super::preprocess::Preprocessor;
use super::tokens::TextTokenizer;
use super::weights::WeightFile;
use crate::domain::{Picture, SpaceId, SpaceKind};
use crate::inference::InferenceError;
use crate::inference::calibration::Calibration;
use crate::inference::catalogue::InstalledModel;

/// A loaded dual encoder.
pub(crate) struct DualEncoder {
    space: SpaceId,
    preprocessor: Preprocessor,
    tokenizer: TextTokenizer,
    image: ImageTower,
    /// The image tower once more, where the program was built for a graphics processor and finds one.
    device_image: Option<DeviceTower>,
    text: TextTower,
    logit_scale: f32,
    logit_bias: Option<f32>,
    calibration: Option<Calibration>,
    threads: usize,
}

impl DualEncoder {
    /// Loads the files below the model's directory.
    ///
    /// # Errors
    /// Missing, damaged or unsupported files.
    pub(crate) fn load(model: &InstalledModel, threads: usize) -> Result<Self, InferenceError> {
        let directory = &model.directory;
        let config_path = directory.join("config.json");
        let config = DualEncoderConfig::read(&config_path)?;
        let side = config.image.image_size;
        let preprocessor_path = directory.join("preprocessor_config.json");
        let preprocessor = Preprocessor::read(&preprocessor_path, config.family, side)?;
        let tokenizer = TextTokenizer::read(directory, &config)?;
        if let Some(expected) = model.entry.dimensions
            && expected as usize != config.text.dimensions
        {
            let size = config.text.dimensions;
            let told = format!("{size}, where `{}` has {expected}", model.entry.name);
            let field = match config.family {
                Family::Clip => "projection_dim",
                Family::Siglip => "text_config.projection_size",
            };
            return Err(unsupported(field, &told, &config_path));
        }
        let weight_name = model
            .entry
            .files
            .iter()
            .map(|file| file.path.as_str())
            .find(|path| path.ends_with(".safetensors"))
            .unwrap_or("model.safetensors");
        let file = WeightFile::read(&directory.join(weight_name))?;
        let tensors = file.tensors()?;
        let instructions = Instructions::detect();
        let take = &mut |name: &str, shape: &[usize]| tensors.values(name, shape);
        // Loaded with a graphics processor, too: this checks every tensor, and runs what candle cannot.
        let image = ImageTower::load(config.image.clone(), instructions, take)?;
        let text = TextTower::load(&config.text, instructions, take)?;
        let logit_bias = match config.family {
            Family::Clip => None,
            Family::Siglip => Some(tensors.scalar("logit_bias")?),
        };
        let logit_scale = tensors.scalar("logit_scale")?.exp();
        let device_image = match Device::cuda_if_available(0) {
            Ok(device) if device.is_cuda() => {
                DeviceTower::load(&config.image, file.into_bytes(), &device)
                    .map_err(|error| failed(&model.entry.name, error))?
            }
            // A graphics processor that is busy or broken leaves the work to the processor.
            _ => None,
        };
        Ok(Self {
            space: SpaceId {
                kind: SpaceKind::Picture,
                model: format!("{}@{}", model.entry.name, model.version),
                dimensions: config.text.dimensions as u32,
            },
            preprocessor,
            tokenizer,
            image,
            text,
            device_image,
            logit_scale,
            logit_bias,
            calibration: model.entry.calibration.clone(),
            threads: threads.max(1),
        })
    }
}

impl PictureEmbedder for DualEncoder {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn embed_pictures(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let at_once = pictures.len().div_ceil(self.threads).max(1);
        // Scaling large frames takes about as long as a small tower: it is shared between the threads too.
        let parts = std::thread::scope(|scope| {
            let threads: Vec<_> = pictures
                .chunks(at_once)
                .map(|part| scope.spawn(|| self.pixels(part)))
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect::<Result<Vec<_>, _>>()
        })?;
        let pixels = parts.concat();
        let vectors = match &self.device_image {
            Some(tower) => tower
                .embed(&pixels)
                .map_err(|error| failed(&self.space.model, error))?,
            None => self.image.embed(&pixels, self.threads),
        };
        Ok(unit_vectors(&vectors, self.image.dimensions()))
    }

    fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let tokens = texts
            .iter()
            .map(|text| self.tokenizer.tokens(text))
            .collect::<Result<Vec<Tokens>, _>>()?;
        let vectors = self.text.embed(&tokens, self.threads);
        Ok(unit_vectors(&vectors, self.text.dimensions()))
    }

    fn logit_scale(&self) -> f32 {
        self.logit_scale
    }

    fn logit_bias(&self) -> Option<f32> {
        self.logit_bias
    }

    fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }
}

impl DualEncoder {
    fn pixels(&self, pictures: &[Picture]) -> Result<Vec<f32>, InferenceError> {
        let mut pixels = Vec::with_capacity(pictures.len() * self.image.pixels());
        for picture in pictures {
            pixels.extend(self.preprocessor.pixels(picture)?);
        }
        Ok(pixels)
    }
}

fn failed(model: &str, error: candle_core::Error) -> InferenceError {
    InferenceError::Run {
        model: model.to_owned(),
        source: error.into(),
    }
}

/// `values` cut into vectors and each brought to unit length; a vector of zeros stays one.
fn unit_vectors(values: &[f32], dimensions: usize) -> Vec<Vec<f32>> {
    values
        .chunks_exact(dimensions)
        .map(|vector| {
            let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            let scale = 1.0 / length.max(f32::MIN_POSITIVE);
            vector.iter().map(|value| value * scale).collect()
        })
        .collect()
}

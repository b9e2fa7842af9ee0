//! A safetensors file, every tensor of it checked by name, shape and type before it is used.

use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use super::config::read_file;
use crate::inference::InferenceError;

/// The bytes of a weight file.
pub(crate) struct WeightFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// The tensors of a [`WeightFile`].
pub(crate) struct WeightTensors<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
}

impl WeightFile {
    /// Reads all of `path`.
    ///
    /// # Errors
    /// A missing or unreadable file.
    pub(crate) fn read(path: &Path) -> Result<Self, InferenceError> {
        Ok(Self {
            path: path.to_owned(),
            bytes: read_file(path)?,
        })
    }

    /// The file as it is.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Its tensors, after the header was checked against the file's length.
    ///
    /// # Errors
    /// A truncated file or one of another format.
    pub(crate) fn tensors(&self) -> Result<WeightTensors<'_>, InferenceError> {
        let tensors =
            SafeTensors::deserialize(&self.bytes).map_err(|error| InferenceError::FileDamaged {
                reason: format!("truncated, or not a safetensors file ({error})"),
                path: self.path.clone(),
            })?;
        Ok(WeightTensors {
            path: &self.path,
            tensors,
        })
    }
}

impl WeightTensors<'_> {
    /// The values of tensor `name` in row order, from any of the three float types.
    ///
    /// # Errors
    /// A missing tensor, one of another shape, or of another type.
    pub(crate) fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, InferenceError> {
        let Ok(view) = self.tensors.tensor(name) else {
            return Err(self.damaged(format!("tensor `{name}` is missing")));
        };
        if view.shape() != shape {
            return Err(self.damaged(format!(
                "tensor `{name}` has shape {:?} instead of {shape:?}",
                view.shape()
            )));
        }
        let pairs = || view.data().as_chunks::<2>().0.iter();
        match view.dtype() {
            Dtype::F32 => {
                let values = view.data().as_chunks::<4>().0.iter();
                Ok(values.map(|bytes| f32::from_le_bytes(*bytes)).collect())
            }
            Dtype::F16 => Ok(pairs()
                .map(|bytes| f16::from_le_bytes(*bytes).to_f32())
                .collect()),
            Dtype::BF16 => Ok(pairs()
                .map(|bytes| bf16::from_le_bytes(*bytes).to_f32())
                .collect()),
            other => Err(self.damaged(format!("tensor `{name}` is of unsupported type {other:?}"))),
        }
    }

    /// The single value of tensor `name`, which may have one dimension or none.
    ///
    /// # Errors
    /// As [`values`](Self::values).
    pub(crate) fn scalar(&self, name: &str) -> Result<f32, InferenceError> {
        let values = match self.values(name, &[]) {
            Ok(values) => values,
            Err(_) => self.values(name, &[1])?,
        };
        Ok(values[0])
    }

    fn damaged(&self, reason: String) -> InferenceError {
        InferenceError::FileDamaged {
            reason,
            path: self.path.to_owned(),
        }
    }
}

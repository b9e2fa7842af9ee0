//! The same tower in ONNX Runtime, run by its Python package.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use reeldex::domain::Picture;

use crate::model::Architecture;

/// ONNX Runtime over the weights in a directory.
pub(crate) struct Peer {
    python: PathBuf,
    directory: PathBuf,
}

impl Peer {
    /// `None` where no Python with the packages is found.
    pub(crate) fn find(directory: &Path) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let own = std::env::var_os("REELDEX_PEER_PYTHON").map(PathBuf::from);
        let candidates = own
            .into_iter()
            .chain([root.join("target/peer/bin/python"), "python3".into()]);
        let works = |python: &PathBuf| {
            let imports = "import numpy, onnx, onnxruntime, safetensors";
            let found = Command::new(python).args(["-c", imports]).output();
            found.is_ok_and(|output| output.status.success())
        };
        Some(Self {
            python: candidates.into_iter().find(works)?,
            directory: directory.to_owned(),
        })
    }

    fn run(&self, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/picture_embedding/onnx_peer.py");
        let output = Command::new(&self.python)
            .arg(script)
            .arg("model.safetensors")
            .args(arguments)
            .current_dir(&self.directory)
            .output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(String::from_utf8_lossy(&output.stderr).into()),
        }
    }

    /// Best milliseconds per picture of each setting: threads 1 and 2, batches 1, 8 and 32.
    pub(crate) fn times(&self) -> Result<Vec<f64>, Box<dyn Error>> {
        let text = self.run(&["--time"])?;
        let times = text.lines().filter_map(|line| line.split(' ').nth(2));
        Ok(times.map(str::parse).collect::<Result<_, _>>()?)
    }

    /// Vectors of pictures that have the tower's size, one after another.
    pub(crate) fn embed(
        &self,
        architecture: Architecture,
        pictures: &[Picture],
    ) -> Result<Vec<f32>, Box<dyn Error>> {
        let side = architecture.side();
        let shape = format!("({}, 3, {side}, {side})", pictures.len());
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        // NumPy's format 1.0: magic, version, length of the header, and the header padded to 128 bytes in all.
        let mut file = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        file.extend(format!("{header:<117}\n").as_bytes());
        let (mean, deviation) = architecture.mean_and_deviation();
        for picture in pictures {
            for channel in 0..3 {
                let bytes = picture.rgb.iter().skip(channel).step_by(3);
                file.extend(bytes.flat_map(|byte| {
                    let value = (f32::from(*byte) / 255.0 - mean[channel]) / deviation[channel];
                    value.to_le_bytes()
                }));
            }
        }
        std::fs::write(self.directory.join("pixels.npy"), file)?;
        self.run(&["--embed", "pixels.npy", "vectors.npy"])?;
        let bytes = std::fs::read(self.directory.join("vectors.npy"))?;
        let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let values = bytes[start..].as_chunks::<4>().0.iter();
        Ok(values.map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }
}

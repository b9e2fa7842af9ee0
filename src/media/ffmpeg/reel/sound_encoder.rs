//! Stereo samples as encoded packets, counted exactly.

use ffmpeg_next::{Packet, ffi};

use crate::media::MediaError;
use crate::media::protocol::{REEL_SAMPLE_RATE_HZ, ReelCodec};

use super::super::decoder::{Frame, check};
use super::super::encoder::Encoder;
use super::super::out_of_memory;
use super::encoders;
use super::sound::CHANNELS;

/// Samples of a packet: what AAC wants, and as good as any for PCM.
const PACKET_SAMPLES: usize = 1024;

/// Full scale of 32-bit samples.
const FULL_SCALE: f64 = 2_147_483_647.0;

/// An encoder of a reel's sound.
pub(super) struct SoundEncoder {
    pub(super) encoder: Encoder,
    codec: ReelCodec,
    pending: Vec<f32>,
    sent: i64,
}

impl SoundEncoder {
    /// # Errors
    /// `NoEncoder`.
    pub(super) fn open(codec: ReelCodec) -> Result<Self, MediaError> {
        Ok(Self {
            encoder: encoders::sound(codec)?,
            codec,
            pending: Vec::new(),
            sent: 0,
        })
    }

    /// Samples of a packet.
    pub(super) fn packet_samples(&self) -> i64 {
        PACKET_SAMPLES as i64
    }

    /// Samples of each channel that it was given.
    pub(super) fn taken(&self) -> i64 {
        self.sent + (self.pending.len() / CHANNELS) as i64
    }

    /// Takes interleaved samples.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn encode(
        &mut self,
        interleaved: &[f32],
        out: &mut Vec<Packet>,
    ) -> Result<(), MediaError> {
        self.pending.extend_from_slice(interleaved);
        let whole = PACKET_SAMPLES * CHANNELS;
        let pending = std::mem::take(&mut self.pending);
        let mut packets = pending.chunks_exact(whole);
        for packet in &mut packets {
            self.send(packet, out)?;
        }
        self.pending = packets.remainder().to_vec();
        Ok(())
    }

    /// Takes the end.
    ///
    /// # Errors
    /// What FFmpeg says.
    pub(super) fn finish(&mut self, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        let rest = std::mem::take(&mut self.pending);
        if !rest.is_empty() {
            self.send(&rest, out)?;
        }
        self.encoder.send(None)?;
        self.take_encoded(out)
    }

    fn send(&mut self, interleaved: &[f32], out: &mut Vec<Packet>) -> Result<(), MediaError> {
        let count = interleaved.len() / CHANNELS;
        let mut frame = Frame::empty().ok_or_else(out_of_memory)?;
        // SAFETY: the frame is empty and ours; once allocated it has room for `count` samples of
        // every channel, in one plane each for AAC and in one for all for PCM.
        unsafe {
            let raw = &mut *frame.as_mut_ptr();
            raw.nb_samples = count as i32;
            raw.sample_rate = REEL_SAMPLE_RATE_HZ as i32;
            raw.pts = self.sent;
            ffi::av_channel_layout_default(&mut raw.ch_layout, CHANNELS as i32);
            match self.codec {
                ReelCodec::H264 => {
                    raw.format = ffi::AVSampleFormat::AV_SAMPLE_FMT_FLTP as i32;
                    check("its sound", ffi::av_frame_get_buffer(raw, 0))?;
                    for channel in 0..CHANNELS {
                        let plane = raw.data[channel].cast::<f32>();
                        let values = interleaved.iter().skip(channel).step_by(CHANNELS);
                        for (at, value) in values.enumerate() {
                            plane.add(at).write(*value);
                        }
                    }
                }
                ReelCodec::ProRes | ReelCodec::DnxHr => {
                    raw.format = ffi::AVSampleFormat::AV_SAMPLE_FMT_S32 as i32;
                    check("its sound", ffi::av_frame_get_buffer(raw, 0))?;
                    let plane = raw.data[0].cast::<i32>();
                    for (at, value) in interleaved.iter().enumerate() {
                        let scaled = f64::from(*value).clamp(-1.0, 1.0) * FULL_SCALE;
                        plane.add(at).write(scaled as i32);
                    }
                }
            }
        }
        self.sent += count as i64;
        self.encoder.send(Some(&mut frame))?;
        self.take_encoded(out)
    }

    fn take_encoded(&mut self, out: &mut Vec<Packet>) -> Result<(), MediaError> {
        while let Some(packet) = self.encoder.receive()? {
            out.push(packet);
        }
        Ok(())
    }
}

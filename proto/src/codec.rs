//! How the services put messages into bytes: tonic's own codec, with buffers that begin small. Most
//! sessions are idle, and a buffer that waits for a message takes memory all the while; one that is
//! too small grows.

use std::marker::PhantomData;

use prost::Message;
use tonic::codec::{BufferSettings, Codec};
use tonic_prost::{ProstDecoder, ProstEncoder};

/// Bytes that a stream's buffer has before it grows.
const BUFFER_BYTES: usize = 512;
/// Bytes of messages that are ready at one time and go out as one frame, at most.
const FRAME_BYTES: usize = 16 << 10;

/// `application/grpc+proto` with small buffers.
#[derive(Debug)]
pub(crate) struct LeanCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for LeanCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for LeanCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ProstDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::new(BufferSettings::new(BUFFER_BYTES, FRAME_BYTES))
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstDecoder::new(BufferSettings::new(BUFFER_BYTES, FRAME_BYTES))
    }
}

//! What the codec decides, for people and for students to learn from: it runs as an encoder's does, and writes nothing.

use super::Mix;
use crate::codec::Params;
use crate::coder::binary::Nowhere;
use crate::error::Result;
use crate::kernels::Isa;
use crate::kernels::vector::{Lanes, LanesJob, dispatch_on};
use crate::predict::mix::{Foresight, Model, Scratch};

/// A group while it is coded to nowhere.
pub struct Tracer {
    model: Model,
    scratch: Box<Scratch>,
    isa: Isa,
}

impl Tracer {
    /// At the start of a group that begins with `content`.
    ///
    /// # Errors
    /// As [`Mix::new`].
    pub fn new(params: &Params, content: &[u8]) -> Result<Self> {
        let Mix { mut group, isa } = Mix::new(params)?;
        group.model.code_tree(&mut Nowhere, content)?;
        let mut scratch = Box::<Scratch>::default();
        group.model.prepare(&mut scratch);
        Ok(Tracer { model: group.model, scratch, isa })
    }

    /// The names of the experts' inputs of the gate, as [`Tracer::look`] lists them.
    pub fn inputs(&self) -> Vec<String> {
        self.model.inputs()
    }

    /// Codes bytes.
    pub fn pass(&mut self, bytes: &[u8]) {
        dispatch_on(self.isa, Pass { tracer: self, bytes });
    }

    /// What is decided of the next byte, which is `byte`. It is still to be passed.
    pub fn look(&mut self, byte: u8) -> Foresight {
        dispatch_on(self.isa, Look { tracer: self, byte })
    }
}

struct Pass<'a> {
    tracer: &'a mut Tracer,
    bytes: &'a [u8],
}

impl LanesJob for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Tracer { model, scratch, .. } = self.tracer;
        for &byte in self.bytes {
            model.code::<L, _>(scratch, &mut Nowhere, byte);
        }
    }
}

struct Look<'a> {
    tracer: &'a mut Tracer,
    byte: u8,
}

impl LanesJob for Look<'_> {
    type Output = Foresight;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Foresight {
        let Tracer { model, scratch, .. } = self.tracer;
        model.foresee::<L>(scratch, self.byte)
    }
}

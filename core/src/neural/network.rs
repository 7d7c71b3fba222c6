//! A network of either arithmetic, and what runs with it: one face for both.

use super::online::{self, Accumulator};
use super::vatic;
use crate::error::{Error, Result};
use crate::kernels::int8::Path;

/// Dimensions of a head.
pub const HEAD: usize = crate::kernels::int8::PANEL;
/// Most tokens in the vocabulary.
pub const VOCABULARY_MAX: usize = 1 << 16;
/// Most tokens in a window.
pub const CONTEXT_MAX: usize = 1 << 16;
/// Most layers.
pub const LAYERS_MAX: usize = 1 << 10;
/// Most bytes of a window.
pub const WINDOW_MAX: u64 = 1 << 26;
/// Most of the sum of all frequencies.
pub const TOTAL_MAX: u32 = 1 << 30;
/// Steps that are best taken at once. Twice or three times as many were no faster (`v001_eng.czm`, windows of 128 and 1,024).
pub const BATCH: usize = 48;

/// Weights, and the arithmetic that they are for.
#[derive(Clone, Copy, Debug)]
pub enum Profile<'a> {
    /// czip's, which depends on the order of tokens.
    Czip(online::Weights<'a>),
    /// Our own.
    Vatic(vatic::Weights<'a>),
}

/// A transformer, ready to run. It is only read; threads share it.
pub struct Network(Kind);

enum Kind {
    Czip(Box<online::Network>),
    Vatic(Box<vatic::Network>),
}

/// The tokens that a network has seen, as keys and values.
pub struct Window(WindowKind);

enum WindowKind {
    Czip(online::Window),
    Vatic(vatic::Window),
}

/// Working memory, and the logits of the last call. Its size is that of a batch, and does not depend on windows.
pub struct Scratch(ScratchKind);

enum ScratchKind {
    Czip(online::Scratch),
    Vatic(vatic::Scratch),
}

/// A token to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Index of the window.
    pub window: usize,
    /// The token.
    pub token: u32,
}

/// Holds steps against what they are to run in: working memory that fits at most `rows` of them, if any; windows that are there; a vocabulary.
pub(super) fn check_steps(
    steps: &[Step],
    rows: Option<usize>,
    vocabulary: usize,
    has_window: impl Fn(usize) -> bool,
) -> Result<()> {
    if rows.is_none_or(|rows| steps.len() > rows) {
        return Err(Error::Misuse("working memory of a transformer is for fewer steps or another network"));
    }
    for step in steps {
        if !has_window(step.window) {
            return Err(Error::Misuse("a transformer has no such window"));
        }
        if step.token as usize >= vocabulary {
            return Err(Error::Misuse("a transformer has no such token"));
        }
    }
    Ok(())
}

/// Each step with how many before it are in the same window.
pub(super) fn with_earlier(steps: &[Step]) -> impl Iterator<Item = (&Step, usize)> {
    let earlier = |index: usize, window| steps[..index].iter().filter(|other| other.window == window).count();
    steps.iter().enumerate().map(move |(index, step)| (step, earlier(index, step.window)))
}

const FOREIGN: Error = Error::Misuse("windows or working memory of a transformer are of another network");

impl Network {
    /// Checks the weights and packs them for this machine.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where sizes do not fit or bounds are left, [`Error::Limit`], [`Error::OutOfMemory`].
    pub fn new(profile: &Profile<'_>) -> Result<Network> {
        Network::on(profile, Path::best())
    }

    /// [`Network::new`] for one kind of kernels: all give the same numbers.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn on(profile: &Profile<'_>, path: Path) -> Result<Network> {
        Ok(Network(match profile {
            Profile::Czip(weights) => Kind::Czip(Box::new(online::Network::on(weights, path)?)),
            Profile::Vatic(weights) => Kind::Vatic(Box::new(vatic::Network::on(weights, path)?)),
        }))
    }

    /// Tokens that it tells apart.
    pub fn vocabulary(&self) -> usize {
        match &self.0 {
            Kind::Czip(network) => network.shape.vocabulary,
            Kind::Vatic(network) => network.shape.vocabulary,
        }
    }

    /// Tokens in a window.
    pub fn context(&self) -> usize {
        match &self.0 {
            Kind::Czip(network) => network.shape.context,
            Kind::Vatic(network) => network.shape.context,
        }
    }

    /// Whether a window that is full goes on and forgets its oldest token. In czip's arithmetic it does not: it must be cleared.
    pub fn slides(&self) -> bool {
        matches!(self.0, Kind::Vatic(_))
    }

    /// Sum of the frequencies of all tokens.
    pub fn total(&self) -> u32 {
        match &self.0 {
            Kind::Czip(network) => network.total,
            Kind::Vatic(network) => network.total,
        }
    }

    /// Most bytes of a window.
    pub fn window_memory(&self) -> u64 {
        match &self.0 {
            Kind::Czip(network) => network.shape.window_memory(),
            Kind::Vatic(network) => network.shape.window_memory(),
        }
    }

    /// A window without tokens. Its memory grows with them: 128 bytes for each token, layer and head of keys. `accumulator` is of czip's
    /// arithmetic; our own has no use for it.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn window(&self, accumulator: Accumulator) -> Result<Window> {
        Ok(Window(match &self.0 {
            Kind::Czip(network) => WindowKind::Czip(network.window(accumulator)),
            Kind::Vatic(network) => WindowKind::Vatic(network.window()),
        }))
    }

    /// Working memory for calls of up to `rows` steps.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn scratch(&self, rows: usize) -> Result<Scratch> {
        Ok(Scratch(match &self.0 {
            Kind::Czip(network) => ScratchKind::Czip(network.scratch(rows)?),
            Kind::Vatic(network) => ScratchKind::Vatic(network.scratch(rows)?),
        }))
    }

    /// Feeds the token of each step to its window, in order, and leaves the logits of what follows each in `scratch`.
    ///
    /// Steps of one call share each load of weights, whether they follow each other in one window (an encoder knows all tokens) or stand in windows of
    /// their own (streams that advance together). The numbers are those of one step after the other: nothing depends on how steps are grouped.
    ///
    /// # Errors
    /// [`Error::Misuse`] for more steps than `scratch` is for, a token or window that there is not, windows or working memory of another
    /// network, and a window that is full and does not slide: then nothing has changed. [`Error::OutOfMemory`]: then windows are to be cleared.
    pub fn advance<'a>(&self, scratch: &mut Scratch, windows: &'a mut [Window], steps: &[Step]) -> Result<()> {
        match (&self.0, &mut scratch.0) {
            (Kind::Czip(network), ScratchKind::Czip(scratch)) => {
                let own = |window: &'a mut Window| match &mut window.0 {
                    WindowKind::Czip(window) => Some(window),
                    WindowKind::Vatic(_) => None,
                };
                let windows: Option<Vec<_>> = windows.iter_mut().map(own).collect();
                network.advance(scratch, &mut windows.ok_or(FOREIGN)?, steps)
            }
            (Kind::Vatic(network), ScratchKind::Vatic(scratch)) => {
                let own = |window: &'a mut Window| match &mut window.0 {
                    WindowKind::Vatic(window) => Some(window),
                    WindowKind::Czip(_) => None,
                };
                let windows: Option<Vec<_>> = windows.iter_mut().map(own).collect();
                network.advance(scratch, &mut windows.ok_or(FOREIGN)?, steps)
            }
            _ => Err(FOREIGN),
        }
    }

    /// Turns the logits of all tokens into frequencies.
    ///
    /// # Panics
    /// There are fewer logits than tokens.
    pub fn spread(&self, logits: &[i32], frequencies: &mut super::Frequencies) {
        match &self.0 {
            Kind::Czip(network) => frequencies.spread(network, logits),
            Kind::Vatic(network) => network.spread(logits, frequencies.values_mut()),
        }
    }
}

impl Window {
    /// Forgets all tokens.
    pub fn clear(&mut self) {
        match &mut self.0 {
            WindowKind::Czip(window) => window.clear(),
            WindowKind::Vatic(window) => window.clear(),
        }
    }

    /// Number of tokens in it.
    pub fn len(&self) -> usize {
        match &self.0 {
            WindowKind::Czip(window) => window.len(),
            WindowKind::Vatic(window) => window.len(),
        }
    }

    /// Whether no token was seen.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Scratch {
    /// The logits of all tokens behind step `index` of the last call.
    pub fn logits(&self, index: usize) -> Option<&[i32]> {
        match &self.0 {
            ScratchKind::Czip(scratch) => scratch.logits(index),
            ScratchKind::Vatic(scratch) => scratch.logits(index),
        }
    }

    /// Most steps of a call.
    pub fn rows(&self) -> usize {
        match &self.0 {
            ScratchKind::Czip(scratch) => scratch.rows,
            ScratchKind::Vatic(scratch) => scratch.rows,
        }
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Network");
        match &self.0 {
            Kind::Czip(network) => debug.field("czip", &network.shape),
            Kind::Vatic(network) => debug.field("vatic", &network.shape),
        };
        debug.finish_non_exhaustive()
    }
}

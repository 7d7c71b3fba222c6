//! The token trie: what a model that foretells tokens says of the next binary decision about a byte.
//!
//! All tokens, sorted by their bytes, are the leaves and inner nodes of a trie. The tokens that begin with the same bytes are neighbours, and so are those
//! whose next byte lies on one side of a decision, for decisions split the bytes into runs of neighbours. With sums of frequencies over the
//! sorted tokens, the odds of a decision are two differences: the mass of the tokens on its 1 side, and that of all that are still possible.
//! Whether a token ends where a longer one could go on is one more decision. The product of all decisions over a token is its frequency's share of
//! the total, up to the coder's 16 bits.
//!
//! Tokens without bytes of their own do not exist here; of tokens with the same bytes, the first stands for all.
//!
//! Cost: a walk over children, by halves, for each decision; one sum over all tokens for each token. 16 bytes a node.

use crate::coder::binary::{PROB_MAX, PROB_MIN};
use crate::error::{Result, try_zeroed};
use crate::neural::{Frequencies, Tokenizer};
use crate::predict::mix::tree::Tree;

/// A prefix of tokens.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// First of its tokens in sorted order, and the first behind them.
    tokens: [u32; 2],
    /// First of its children, and the first behind them; each child's tokens begin where those of the one before end.
    children: [u32; 2],
    /// The byte that leads here, as a leaf's number.
    leaf: u8,
    /// Whether the prefix is a token, the first of its tokens.
    is_token: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Trie {
    /// The root first; children of a node stand together.
    nodes: Vec<Node>,
    /// The number of each sorted token.
    numbers: Vec<u32>,
    /// Tokens with the bytes of one before them: its place among the sorted, and their number.
    twins: Vec<(u32, u32)>,
    /// The byte of the first leaf.
    first: u8,
}

/// What is known of the next decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odds {
    /// There is only one way.
    Forced(u32),
    /// P(1), of 65,536, in `1..=65535`.
    Open(u32),
}

/// A place in the trie, and the frequencies that hold for the present token.
#[derive(Debug)]
pub struct Walk {
    node: usize,
    /// Bytes of the token so far.
    depth: u32,
    /// Children that are still possible within the present byte.
    range: [u32; 2],
    /// Sum of the frequencies of all sorted tokens before each.
    sums: Vec<u32>,
}

impl Trie {
    /// The tokens of `tokenizer`, sorted by their bytes, the byte `first` being the lowest.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new(tokenizer: &Tokenizer, vocabulary: usize, first: u8) -> Result<Trie> {
        let leaf = |byte: &u8| byte.wrapping_sub(first);
        let mut sorted: Vec<(Vec<u8>, u32)> = (0..vocabulary as u32)
            .filter(|&token| !tokenizer.is_special(token))
            .filter_map(|token| Some((tokenizer.bytes(token)?.iter().map(leaf).collect(), token)))
            .collect();
        sorted.sort();
        let mut trie = Trie { nodes: Vec::new(), numbers: Vec::with_capacity(sorted.len()), twins: Vec::new(), first };
        let mut texts: Vec<Vec<u8>> = Vec::with_capacity(sorted.len());
        for (text, token) in sorted {
            if texts.last() == Some(&text) {
                trie.twins.push((texts.len() as u32 - 1, token));
            } else {
                texts.push(text);
                trie.numbers.push(token);
            }
        }
        trie.grow(&texts);
        Ok(trie)
    }

    fn grow(&mut self, texts: &[Vec<u8>]) {
        self.nodes.push(Node { tokens: [0, texts.len() as u32], children: [0, 0], leaf: 0, is_token: false });
        let (mut node, mut depths) = (0, vec![0usize]);
        while node < self.nodes.len() {
            let [from, to] = self.nodes[node].tokens.map(|token| token as usize);
            let depth = depths[node];
            let mut start = from + usize::from(self.nodes[node].is_token);
            self.nodes[node].children[0] = self.nodes.len() as u32;
            while start < to {
                let leaf = texts[start][depth];
                let end = start + texts[start..to].partition_point(|text| text[depth] == leaf);
                let is_token = texts[start].len() == depth + 1;
                self.nodes.push(Node { tokens: [start as u32, end as u32], children: [0, 0], leaf, is_token });
                depths.push(depth + 1);
                start = end;
            }
            self.nodes[node].children[1] = self.nodes.len() as u32;
            node += 1;
        }
    }

    /// A walk that is to be started by [`Trie::begin`].
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn walk(&self) -> Result<Walk> {
        Ok(Walk { node: 0, depth: 0, range: [0, 0], sums: try_zeroed(self.numbers.len() + 1)? })
    }

    /// Goes to the start of a token, of which `frequencies` tells.
    pub fn begin(&self, walk: &mut Walk, frequencies: &Frequencies) {
        (walk.node, walk.depth) = (0, 0);
        let frequency = |&token: &u32| frequencies.values().get(token as usize).copied().unwrap_or(0);
        let sums = walk.sums.get_mut(1..).unwrap_or_default();
        sums.iter_mut().zip(&self.numbers).for_each(|(sum, token)| *sum = frequency(token));
        for (place, token) in &self.twins {
            sums[*place as usize] += frequency(token);
        }
        let mut total = 0;
        for sum in sums {
            total += *sum;
            *sum = total;
        }
    }

    /// What is known of whether the token ends here.
    pub fn end(&self, walk: &Walk) -> Odds {
        let node = &self.nodes[walk.node];
        match (node.is_token, node.children[0] < node.children[1]) {
            (false, _) => Odds::Forced(0),
            (true, false) => Odds::Forced(1),
            (true, true) => {
                let [from, to] = node.tokens.map(|token| token as usize);
                odds(walk.sums[from + 1] - walk.sums[from], walk.sums[to] - walk.sums[from])
            }
        }
    }

    /// The number of the token that ends here.
    pub fn token(&self, walk: &Walk) -> Option<u32> {
        let node = &self.nodes[walk.node];
        node.is_token.then(|| self.numbers[node.tokens[0] as usize])
    }
}

impl Walk {
    /// Bytes of the token so far.
    pub fn depth(&self) -> u32 {
        self.depth
    }
}

impl Trie {
    /// Goes on with the token's next byte.
    pub fn begin_byte(&self, walk: &mut Walk) {
        walk.range = self.nodes[walk.node].children;
    }

    /// What is known of the decision behind the `done` of `path`, which has a leading one, and the first child on its 1 side.
    #[inline]
    pub fn decide(&self, walk: &Walk, tree: &Tree, path: u32, done: u32) -> (Odds, u32) {
        let children = &self.nodes[walk.range[0] as usize..walk.range[1] as usize];
        let threshold = ((path << 1 | 1) << (15 - done)) & 0xFFFF;
        let zeros = children.partition_point(|child| tree.path(child.leaf.wrapping_add(self.first)) < threshold);
        let middle = walk.range[0] + zeros as u32;
        if zeros == children.len() {
            return (Odds::Forced(0), middle);
        }
        if zeros == 0 {
            return (Odds::Forced(1), middle);
        }
        let [from, middle_token, to] =
            [children[0].tokens[0], children[zeros].tokens[0], children[children.len() - 1].tokens[1]]
                .map(|token| walk.sums[token as usize]);
        (odds(to - middle_token, to - from), middle)
    }

    /// Takes in the bit of a decision, of which `middle` was told.
    #[inline]
    pub fn take(&self, walk: &mut Walk, bit: u32, middle: u32) {
        walk.range[(bit as usize & 1) ^ 1] = middle;
    }

    /// Whether a token goes on with `byte`.
    pub fn goes_on(&self, walk: &Walk, byte: u8) -> bool {
        let [from, to] = self.nodes[walk.node].children.map(|child| child as usize);
        self.nodes[from..to].binary_search_by_key(&byte.wrapping_sub(self.first), |child| child.leaf).is_ok()
    }

    /// Goes on behind the byte whose decisions were taken in.
    pub fn end_byte(&self, walk: &mut Walk) {
        walk.node = walk.range[0] as usize;
        walk.depth += 1;
    }
}

/// `mass` of `total` as odds.
#[inline]
fn odds(mass: u32, total: u32) -> Odds {
    let p = (u64::from(mass) << 16) / u64::from(total.max(1));
    Odds::Open((p as u32).clamp(PROB_MIN, PROB_MAX))
}

#[cfg(test)]
mod tests;

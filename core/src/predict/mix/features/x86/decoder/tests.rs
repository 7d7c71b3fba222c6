use super::*;
use proptest::prelude::*;

/// The lengths of the instructions that the decoder sees in `code`.
fn lengths(code: &[u8]) -> Vec<usize> {
    lengths_by(&mut Decoder::new().unwrap(), code)
}

fn lengths_by(decoder: &mut Decoder, code: &[u8]) -> Vec<usize> {
    let (mut lengths, mut length) = (Vec::new(), 0);
    for &byte in code {
        decoder.push(byte);
        length += 1;
        if decoder.is_at_start() {
            lengths.push(std::mem::take(&mut length));
        }
    }
    lengths
}

#[test]
fn instructions_of_32_bit_code_end_where_they_should() {
    // push ebp; mov ebp,esp; sub esp,0x1234; mov eax,[ebp+8]; lea ecx,[eax+ecx*4-8]; test byte [esi],1; not edx; call; jnz near;
    // movzx eax,byte [disp32]; mov ax,0x1234; enter; mov eax,[moffs]; ret.
    let code: &[&[u8]] = &[
        &[0x55],
        &[0x8B, 0xEC],
        &[0x81, 0xEC, 0x34, 0x12, 0, 0],
        &[0x8B, 0x45, 8],
        &[0x8D, 0x4C, 0x88, 0xF8],
        &[0xF6, 0x06, 1],
        &[0xF7, 0xD2],
        &[0xE8, 1, 2, 3, 4],
        &[0x0F, 0x85, 1, 2, 3, 4],
        &[0x0F, 0xB6, 0x05, 1, 2, 3, 4],
        &[0x66, 0xB8, 0x34, 0x12],
        &[0xC8, 1, 2, 3],
        &[0xA1, 1, 2, 3, 4],
        &[0x40],
        &[0xC3],
    ];
    let expected: Vec<usize> = code.iter().map(|bytes| bytes.len()).collect();
    assert_eq!(lengths(&code.concat()), expected);
}

#[test]
fn code_of_64_bits_is_told_by_its_prefixes() {
    let mut decoder = Decoder::new().unwrap();
    // mov rbp,rsp over and over; at first the prefix passes for an instruction.
    assert_eq!(lengths_by(&mut decoder, &[0x48, 0x89, 0xE5].repeat(8))[..2], [1, 2]);
    // vpxor ymm; movabs rax; vpshufb with the three-byte prefix.
    let code: &[&[u8]] = &[
        &[0xC5, 0xFD, 0xEF, 0xC0],
        &[0x48, 0xB8, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0xC4, 0xE2, 0x7D, 0x00, 0xC1],
        &[0x41, 0x8B, 0x47, 0x10],
    ];
    let expected: Vec<usize> = code.iter().map(|bytes| bytes.len()).collect();
    assert_eq!(lengths_by(&mut decoder, &code.concat()), expected);
}

#[test]
fn operands_are_remembered() {
    let mut decoder = Decoder::new().unwrap();
    for byte in [0x8B, 0x45, 8, 0x8B, 0x45, 12, 0x8B, 0x45, 12, 0x83, 0xC0, 7] {
        decoder.push(byte);
    }
    assert_eq!(decoder.displacements[5], [12, 8]);
    assert_eq!(decoder.immediates[0x83 << 3], [7, 0]);
    assert_eq!(decoder.last_opcode, 0x83);
    assert_eq!(decoder.keys.skipped, fold(decoder.structures[2], 4));
}

proptest! {
    #[test]
    fn any_bytes_are_read_and_no_instruction_is_endless(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x48), Just(0x66), Just(0x0F), Just(0x8B), Just(0xC4)], 0..2000),
    ) {
        let mut decoder = Decoder::new().unwrap();
        let lengths = lengths_by(&mut decoder, &bytes);
        prop_assert!(lengths.iter().all(|&length| length <= 24));
        prop_assert!(decoder.now.field <= field::VEX);
    }
}

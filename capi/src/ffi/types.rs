//! Types that C sees the inside of.

/// What a call came to: `VATIC_OK`, or one of `VATIC_ERROR_*`.
pub type vatic_status = i32;

/// Bytes of input that are taken from the front. An object of this type belongs to the caller, who sets all of it before a call.
#[repr(C)]
#[derive(Debug)]
pub struct vatic_in_buffer {
    /// The bytes; NULL if there are none.
    pub src: *const core::ffi::c_void,
    /// How many.
    pub size: usize,
    /// How many have been taken; a call adds to it.
    pub pos: usize,
}

/// Room for output that is filled from the front. An object of this type belongs to the caller, who sets all of it before a call.
#[repr(C)]
#[derive(Debug)]
pub struct vatic_out_buffer {
    /// The room; NULL if there is none.
    pub dst: *mut core::ffi::c_void,
    /// How many bytes.
    pub size: usize,
    /// How many have been filled; a call adds to it.
    pub pos: usize,
}

/** Lossless neural compression. */
module dev.vatic {
    exports dev.vatic;
}

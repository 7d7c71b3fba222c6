// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/** What the native library must say of itself. */
final class Versions {
    static final int ABI = 0;
    static final String LIBRARY = "0.1.0";

    private Versions() {}
}

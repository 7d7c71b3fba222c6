package dev.vatic;

/** Told between groups how far the work is. */
@FunctionalInterface
public interface Progress {
    /**
     * Called between groups, perhaps from a thread of the library. What it throws comes out of the call that did the
     * work.
     *
     * @param input bytes taken so far
     * @param output bytes given so far
     * @return whether to go on; the work ends with {@link ErrorCode#CANCELLED} otherwise
     */
    boolean report(long input, long output);
}

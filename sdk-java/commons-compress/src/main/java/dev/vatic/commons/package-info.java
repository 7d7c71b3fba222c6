/** The compressor {@code vatic} for Apache Commons Compress, which finds it by itself. */
package dev.vatic.commons;

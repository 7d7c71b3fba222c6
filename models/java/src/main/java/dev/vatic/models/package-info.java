/** The models that come with vatic. */
package dev.vatic.models;

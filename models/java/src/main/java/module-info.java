/** The models that come with vatic. */
module dev.vatic.models {
    requires transitive dev.vatic;

    exports dev.vatic.models;
}

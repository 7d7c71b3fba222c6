module example {
    requires dev.vatic.commons;
}

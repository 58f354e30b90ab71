// mediasoup: neither its npm package nor its crate holds the worker program or the libraries that it is built from (among
// them a fork of libsrtp that no distribution has). The install step downloads them from places that are no package
// registry, so nothing here installs it, and there is no adapter for where somebody has.
export const mediasoup = {
  name: 'mediasoup',
  key: 'mediasoup',

  async examine() {
    return {
      unsupported:
        'its package has neither the worker program nor the libraries to build it from; the install step downloads them from outside the package registries',
    };
  },
};

// mediasoup's npm package compiles or downloads its worker when it is installed, from places that are no package registry;
// nothing here installs it, and there is no adapter yet for where it is installed.
export const mediasoup = {
  name: 'mediasoup',
  key: 'mediasoup',

  async examine() {
    return {
      unsupported:
        'its worker program is not in the npm package: the install step downloads it, or its sources of OpenSSL, libuv, libsrtp, abseil and flatbuffers; there is no adapter for it',
    };
  },
};

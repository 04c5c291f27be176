#!/usr/bin/env node
import "../dist/run/sotto.js";

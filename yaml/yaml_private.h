/*
 * yaml_private.h - what the files of this room share.
 */
#ifndef CRDBCHECK_YAML_PRIVATE_H
#define CRDBCHECK_YAML_PRIVATE_H

#include "yaml/yaml.h"

/*
 * Gives a plain scalar its kind and value by YAML 1.2's core schema, from its `text`. A number that fits neither 64 bits
 * nor a double is a problem.
 */
void cc_yaml_resolve(cc_yaml *scalar, cc_problems *problems);

#endif

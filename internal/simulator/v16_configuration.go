package simulator

import (
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// getConfiguration answers with what is asked for, or everything (OCPP 1.6, Get Configuration).
func (s *station16) getConfiguration(r *v16.GetConfigurationRequest) (*v16.GetConfigurationResponse, func()) {
	var answer v16.GetConfigurationResponse
	add := func(k *setting) {
		answer.ConfigurationKey = append(answer.ConfigurationKey, v16.ConfigurationKey{Key: k.name, Readonly: k.readonly, Value: k.value})
	}
	for _, name := range r.Key {
		if k := s.config.find(name); k != nil && !k.writeOnly {
			add(k)
		} else {
			answer.UnknownKey = append(answer.UnknownKey, name)
		}
	}
	if len(r.Key) == 0 {
		for _, k := range s.config.list {
			if !k.writeOnly {
				add(k)
			}
		}
	}
	return &answer, nil
}

// changeConfiguration refuses what is read-only or out of range (OCPP 1.6, Change Configuration).
func (s *station16) changeConfiguration(r *v16.ChangeConfigurationRequest) (*v16.ChangeConfigurationResponse, func()) {
	k := s.config.find(r.Key)
	status := v16.ConfigurationStatusAccepted
	switch {
	case k == nil:
		status = v16.ConfigurationStatusNotSupported
	case k.readonly, k.valid != nil && !k.valid(r.Value):
		status = v16.ConfigurationStatusRejected
	case k.reboot:
		k.value, status = r.Value, v16.ConfigurationStatusRebootRequired
	default:
		k.value = r.Value
	}
	answer := &v16.ChangeConfigurationResponse{Status: status}
	if status == v16.ConfigurationStatusAccepted && k.apply != nil {
		return answer, func() { k.apply(s.Station) }
	}
	return answer, nil
}
